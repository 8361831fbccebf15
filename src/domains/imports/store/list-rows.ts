import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import { type Page, type StatementRowRecord, toPage } from '../records.ts'

const LIST_ROWS = statement(
  'imports_list_rows',
  `select batch_id as "batchId", line, card_last4 as "cardLast4", holder, date, description, amount::text as amount, currency, installment, installments,
     reference, category
   from statement_row where batch_id = $1 and line > $2 order by line limit $3`,
)

export interface ListRowsParams {
  readonly batchId: string
  readonly limit: number
  /** Line of the last row of the page before. */
  readonly after?: number | undefined
}

/** Accepted rows of a batch in the order of the file. */
export async function listRows(executor: Executor, params: ListRowsParams): Promise<Page<StatementRowRecord>> {
  return toPage(await executor.run<StatementRowRecord>(LIST_ROWS, [params.batchId, params.after ?? 0, params.limit + 1]), params.limit)
}
