import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const KEEP_PARTIAL_BATCH = statement(
  'imports_keep_partial_batch',
  `update statement_batch set state = 'partial', finished_at = now() where operation_id = $1 and state = 'open' and deleted_at is null`,
)

/** What an import that ended early leaves: everything up to its last checkpoint, which a retry continues. */
export async function keepPartialBatch(executor: Executor, operationId: string): Promise<void> {
  await executor.run(KEEP_PARTIAL_BATCH, [operationId])
}
