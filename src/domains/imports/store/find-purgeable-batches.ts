import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const FIND_PURGEABLE = statement(
  'imports_find_purgeable_batches',
  `select id from statement_batch where deleted_at is not null and purged_at is null order by deleted_at limit $1`,
)

const FORGET_TOMBSTONES = statement(
  'imports_forget_tombstones',
  `
    delete from statement_batch where id in (
      select id from statement_batch batch
      where deleted_at is not null and purged_at is not null and not exists (select from operation where id = batch.operation_id)
      limit 1000)`,
)

/** Deleted batches that still have rows. */
export async function findPurgeableBatches(executor: Executor, limit: number): Promise<readonly string[]> {
  const found = await executor.run<{ id: string }>(FIND_PURGEABLE, [limit])
  return found.map((batch) => batch.id)
}

/** Forgets deleted batches whose operation is gone. */
export async function forgetTombstones(executor: Executor): Promise<void> {
  await executor.run(FORGET_TOMBSTONES, [])
}
