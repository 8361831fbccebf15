import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const OPEN_BATCH = statement(
  'imports_open_batch',
  `insert into statement_batch (id, owner_id, operation_id, file_name, header, delimiter) values ($1, $2, $3, $4, $5, $6)`,
)

export interface OpenBatchParams {
  readonly id: string
  readonly ownerId: string
  readonly operationId: string
  readonly fileName: string
  readonly header: readonly string[]
  readonly delimiter: string
}

/** Makes an empty batch. An operation has at most one. */
export async function openBatch(executor: Executor, params: OpenBatchParams): Promise<void> {
  await executor.run(OPEN_BATCH, [params.id, params.ownerId, params.operationId, params.fileName, params.header, params.delimiter])
}
