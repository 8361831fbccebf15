import { type CsvError, parse } from 'csv-parse/sync'
import { BadFileError } from '../bad-file.ts'
import { maskDigits, quoteFound } from '../mask.ts'
import { CSV_DIALECT } from './dialect.ts'

/** The columns of a statement file; any order, any case. Others may stand beside them and are kept with rejected rows. */
export const STATEMENT_COLUMNS = ['card', 'holder', 'date', 'description', 'amount', 'currency', 'installment', 'reference'] as const

/** Bytes of a file that are enough to read its header. */
export const HEAD_BYTES = 64 * 1024
const MOST_COLUMNS = 64
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf])

export type Delimiter = ',' | ';'

export interface StatementHeader {
  readonly delimiter: Delimiter
  /** Names as they stand in the file, card numbers masked. */
  readonly names: readonly string[]
  /** Where each of `STATEMENT_COLUMNS` stands. */
  readonly columns: readonly number[]
  /** Where the first row starts, and the line before it. */
  readonly endByte: number
  readonly endLine: number
}

/** Reads the header from the first bytes of a file. Throws `BadFileError` when they are no CSV, empty, or have no header. */
export function readHeader(head: Buffer): StatementHeader {
  refuseBinary(head)
  const start = head.subarray(0, 3).equals(UTF8_BOM) ? UTF8_BOM.length : 0
  const text = head.subarray(start)
  if (text.toString('latin1').trim() === '') throw new BadFileError('EMPTY_FILE', `the file is empty; expected a header line: ${STATEMENT_COLUMNS.join(',')}`)
  const delimiter = detectDelimiter(text)
  const { record, info } = firstRecord(text, delimiter)
  if (record.length > MOST_COLUMNS) throw new BadFileError('TOO_MANY_COLUMNS', `expected at most ${MOST_COLUMNS} columns, found ${record.length}`)
  return {
    delimiter,
    names: record.map((name) => maskDigits(name.trim())),
    columns: placeColumns(record),
    endByte: start + info.bytes,
    endLine: info.empty_lines + 1,
  }
}

function refuseBinary(head: Buffer): void {
  const mark = head.length >= 2 ? head.readUInt16BE(0) : 0
  if (mark === 0xfffe || mark === 0xfeff) throw new BadFileError('NOT_CSV', 'the file is UTF-16 text; save it as CSV UTF-8 and upload it again')
  if (head.includes(0)) throw new BadFileError('NOT_CSV', 'expected a CSV text file, found binary data; export the sheet as CSV and upload that')
}

/** `,` or `;`, whichever stands more often in the first line that is not empty. */
function detectDelimiter(text: Buffer): Delimiter {
  const line =
    text
      .toString('latin1')
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? ''
  return line.split(';').length > line.split(',').length ? ';' : ','
}

interface FirstRecord {
  readonly record: readonly string[]
  readonly info: { readonly bytes: number; readonly empty_lines: number }
}

function firstRecord(text: Buffer, delimiter: Delimiter): FirstRecord {
  try {
    const [first] = parse(text, { ...CSV_DIALECT, delimiter, to: 1, info: true }) as unknown as readonly FirstRecord[]
    if (first) return first
  } catch (error) {
    if (!(error as CsvError).code) throw error
  }
  throw new BadFileError('HEADER_MISSING', `expected a header line: ${STATEMENT_COLUMNS.join(',')}`)
}

function placeColumns(record: readonly string[]): readonly number[] {
  const names = record.map((name) => name.trim().toLowerCase())
  const missing = STATEMENT_COLUMNS.filter((column) => !names.includes(column))
  if (missing.length > 0) {
    throw new BadFileError(
      'HEADER_MISSING',
      `the first line must name the columns ${STATEMENT_COLUMNS.join(', ')} in any order; missing: ${missing.join(', ')}; found ${quoteFound(record.join(', '))}`,
    )
  }
  const twice = STATEMENT_COLUMNS.find((column) => names.indexOf(column) !== names.lastIndexOf(column))
  if (twice) throw new BadFileError('HEADER_AMBIGUOUS', `the header names the column ${twice} twice; expected each once`)
  return STATEMENT_COLUMNS.map((column) => names.indexOf(column))
}
