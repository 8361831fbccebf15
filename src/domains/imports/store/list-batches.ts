import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { Visibility } from '../../../engine/engine.ts'
import { type Page, type StatementBatchRecord, toPage } from '../records.ts'
import { BATCH_COLUMNS } from './batch-columns.ts'

// Plans: index statement_batch_owner_idx backwards; primary key backwards.
const LIST_OWN_BATCHES = statement(
  'imports_list_own_batches',
  `select ${BATCH_COLUMNS} from statement_batch where deleted_at is null and owner_id = $3 and ($1::uuid is null or id < $1) order by id desc limit $2`,
)

const LIST_ALL_BATCHES = statement(
  'imports_list_all_batches',
  `select ${BATCH_COLUMNS} from statement_batch where deleted_at is null and ($1::uuid is null or id < $1) order by id desc limit $2`,
)

export interface ListBatchesParams {
  readonly visibility: Visibility
  readonly limit: number
  /** Id of the last batch of the page before. */
  readonly after?: string | undefined
}

/** Batches that a viewer may see, newest first. */
export async function listBatches(executor: Executor, params: ListBatchesParams): Promise<Page<StatementBatchRecord>> {
  const values = [params.after ?? null, params.limit + 1]
  const found =
    params.visibility.kind === 'owner'
      ? await executor.run<StatementBatchRecord>(LIST_OWN_BATCHES, [...values, params.visibility.ownerId])
      : await executor.run<StatementBatchRecord>(LIST_ALL_BATCHES, values)
  return toPage(found, params.limit)
}
