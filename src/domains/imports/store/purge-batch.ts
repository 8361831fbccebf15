import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const PURGE_ROWS = statement(
  'imports_purge_rows',
  `
    with slice as (select line from statement_row where batch_id = $1 and line > $2 order by line limit $3),
    gone as (delete from statement_row where batch_id = $1 and line > $2 and line <= (select max(line) from slice))
    select max(line) as line from slice`,
)

const PURGE_REJECTS = statement(
  'imports_purge_rejects',
  `
    with slice as (select line from statement_reject where batch_id = $1 and line > $2 order by line limit $3),
    gone as (delete from statement_reject where batch_id = $1 and line > $2 and line <= (select max(line) from slice))
    select max(line) as line from slice`,
)

const FINISH_PURGE = statement(
  'imports_finish_purge',
  `
    with forgotten as (delete from statement_batch where id = $1 and deleted_at is not null and operation_id is null)
    update statement_batch set purged_at = now() where id = $1 and deleted_at is not null and operation_id is not null`,
)

const SLICE_ROWS = 5_000

/**
 * Deletes the rows of a deleted batch in slices, each a transaction of its own; the batch itself last. What is left of it
 * marks its operation as "batch deleted" as long as the operation exists. Safe to repeat, and to run twice at once.
 */
export async function purgeBatch(executor: Executor, batchId: string, signal?: AbortSignal): Promise<void> {
  for (const slices of [PURGE_ROWS, PURGE_REJECTS]) {
    let after: number | null = 0
    while (after !== null) {
      signal?.throwIfAborted()
      const [slice]: { line: number | null }[] = await executor.run<{ line: number | null }>(slices, [batchId, after, SLICE_ROWS])
      after = slice?.line ?? null
    }
  }
  await executor.run(FINISH_PURGE, [batchId])
}
