import type { FilePosition } from './csv/read-records.ts'
import type { StatementEncoding } from './csv/scan-file.ts'

/** What the check of a file found out; the result of the import's first step, so that every later run reads the file alike. */
export type StatementPlan = {
  /** UUID of the statement batch that the rows go into. */
  readonly batchId: string
  readonly encoding: StatementEncoding
  readonly delimiter: string
  /** Columns of the header. */
  readonly columnCount: number
  /** Where each of `STATEMENT_COLUMNS` stands. */
  readonly columns: readonly number[]
  /** Where the rows start. */
  readonly start: { readonly [Key in keyof FilePosition]: FilePosition[Key] }
  /** Rows, as far as a count without parsing can tell. */
  readonly total: number
  /** The day that dates are compared with, UTC, YYYY-MM-DD. Kept, so that a row is judged alike whenever its batch comes. */
  readonly today: string
}
