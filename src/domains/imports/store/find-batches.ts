import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { StatementBatchRecord } from '../records.ts'
import { BATCH_COLUMNS } from './batch-columns.ts'

const FIND_BATCHES = statement('imports_find_batches', `select ${BATCH_COLUMNS} from statement_batch where id = any ($1::uuid[])`)

const FIND_BATCHES_OF_OPERATIONS = statement(
  'imports_find_batches_of_operations',
  `select ${BATCH_COLUMNS} from statement_batch where operation_id = any ($1::uuid[])`,
)

/** Batches by id in the order asked; deleted ones are not found. */
export async function findBatches(executor: Executor, ids: readonly string[]): Promise<readonly (StatementBatchRecord | undefined)[]> {
  const found = await executor.run<StatementBatchRecord>(FIND_BATCHES, [ids])
  const byId = new Map(found.filter((batch) => batch.deletedAt === null).map((batch) => [batch.id, batch]))
  return ids.map((id) => byId.get(id))
}

/** Batches by the import that made them, in the order asked; deleted ones too, with `deletedAt`. */
export async function findBatchesOfOperations(executor: Executor, operationIds: readonly string[]): Promise<readonly (StatementBatchRecord | undefined)[]> {
  const found = await executor.run<StatementBatchRecord>(FIND_BATCHES_OF_OPERATIONS, [operationIds])
  const byOperation = new Map(found.map((batch) => [batch.operationId, batch]))
  return operationIds.map((id) => byOperation.get(id))
}
