import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const REGISTER_BLOB = statement(
  'imports_register_blob',
  'insert into upload_blob (id, location) values ($1, $2) on conflict (id) do update set renewed_at = now()',
)

/** Says that bytes of an upload are arriving. Repeated while they do; what falls silent is swept. */
export async function registerBlob(executor: Executor, blobId: string, location: string): Promise<void> {
  await executor.run(REGISTER_BLOB, [blobId, location])
}
