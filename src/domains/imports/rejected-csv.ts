import { stringify } from 'csv-stringify/sync'
import type { Executor } from '../../database/database.ts'
import type { RejectedRecord } from './row-batch.ts'
import { type BatchHeader, findHeader, listRejectedRecords } from './store/list-rejects.ts'

const PAGE_ROWS = 500
const ADDED_COLUMNS = ['line', 'rule', 'message']
const UTF8_BOM = '\ufeff'

/**
 * The rejected rows of a batch as CSV, a page of the database at a time: the original columns in their order and with the file's
 * own delimiter, then line, rule and sentence. Starts with a BOM, without which spreadsheets take UTF-8 for something else.
 * `undefined` when the batch is gone. Uploading the corrected file again works: the added columns are ignored.
 */
export async function rejectedCsv(executor: Executor, batchId: string): Promise<AsyncIterable<string> | undefined> {
  const header = await findHeader(executor, batchId)
  return header && csvPages(executor, batchId, header)
}

async function* csvPages(executor: Executor, batchId: string, file: BatchHeader): AsyncGenerator<string, void, undefined> {
  yield UTF8_BOM + toCsv([[...file.header, ...ADDED_COLUMNS]], file.delimiter)
  let after: number | undefined
  for (;;) {
    const page = await listRejectedRecords(executor, { batchId, limit: PAGE_ROWS, after })
    if (page.items.length > 0)
      yield toCsv(
        page.items.map((reject) => csvCells(reject, file)),
        file.delimiter,
      )
    if (!page.hasNext) return
    after = page.items.at(-1)?.line
  }
}

/** Too few cells are filled up; what is beyond the last column stays in it, as it stood in the file. */
function csvCells({ cells, line, rule, message }: RejectedRecord, { header, delimiter }: BatchHeader): string[] {
  const last = header.length - 1
  const original = header.map((_, index) => (index === last ? cells.slice(last).join(delimiter) : (cells[index] ?? '')))
  return [...original, String(line), rule, message]
}

const toCsv = (rows: readonly (readonly string[])[], delimiter: string): string =>
  stringify(
    rows.map((cells) => cells.map(neutralised)),
    { delimiter, record_delimiter: '\r\n' },
  )

const FORMULA_START = /^[=+\-@\t\r\n]|^[\uff1d\uff0b\uff0d\uff20]/
const PLAIN_NUMBER = /^[+-]?[0-9]+(?:[.,][0-9]+)?$/

/**
 * A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"). Plain numbers such as -12.50
 * are left alone: they can't do anything, and would not be numbers any more.
 */
export const neutralised = (cell: string): string => (FORMULA_START.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell)
