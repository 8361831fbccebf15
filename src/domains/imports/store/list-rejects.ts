import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import { type Page, type RejectedRowRecord, toPage } from '../records.ts'
import type { RejectedRecord } from '../row-batch.ts'
import type { ListRowsParams } from './list-rows.ts'

const LIST_REJECTS = statement(
  'imports_list_rejects',
  `select line, rule, message, cells from statement_reject where batch_id = $1 and line > $2 order by line limit $3`,
)

const FIND_HEADER = statement('imports_find_header', 'select header, delimiter from statement_batch where id = $1 and deleted_at is null')

export interface BatchHeader {
  /** Column names as they stood in the file. */
  readonly header: readonly string[]
  readonly delimiter: string
}

/** How the columns of a batch's file were named; `undefined` when the batch is gone. */
export async function findHeader(executor: Executor, batchId: string): Promise<BatchHeader | undefined> {
  const [found] = await executor.run<BatchHeader>(FIND_HEADER, [batchId])
  return found
}

/** Rejected rows with their cells in the order of the file. */
export async function listRejectedRecords(executor: Executor, params: ListRowsParams): Promise<Page<RejectedRecord>> {
  return toPage(await executor.run<RejectedRecord>(LIST_REJECTS, [params.batchId, params.after ?? 0, params.limit + 1]), params.limit)
}

/** Rejected rows with their cells by column name. */
export async function listRejects(executor: Executor, params: ListRowsParams): Promise<Page<RejectedRowRecord>> {
  const header = await findHeader(executor, params.batchId)
  if (!header) return { items: [], hasNext: false }
  const { items, hasNext } = await listRejectedRecords(executor, params)
  return { items: items.map(({ line, rule, message, cells }) => ({ line, rule, message, values: byColumn(header.header, cells) })), hasNext }
}

const byColumn = (header: readonly string[], cells: readonly string[]): Record<string, string> =>
  Object.fromEntries(cells.map((cell, index) => [header[index] || `column ${index + 1}`, cell]))
