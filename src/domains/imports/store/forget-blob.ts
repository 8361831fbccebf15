import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const FORGET_BLOB = statement('imports_forget_blob', 'delete from upload_blob where id = $1')

/** To be called when the content is gone. */
export async function forgetBlob(executor: Executor, blobId: string): Promise<void> {
  await executor.run(FORGET_BLOB, [blobId])
}
