import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const DISCARD_BATCH = statement(
  'imports_discard_batch',
  `update statement_batch set deleted_at = now(), operation_id = null where operation_id = $1 returning id`,
)

/**
 * Takes the batch of a canceled import away from everybody at once, and from its operation, so that a retry makes a new one. Its rows
 * are deleted afterwards, in slices. Answers its id, if there was one.
 */
export async function discardBatch(executor: Executor, operationId: string): Promise<string | undefined> {
  const [batch] = await executor.run<{ id: string }>(DISCARD_BATCH, [operationId])
  return batch?.id
}
