import { pipeline, Readable } from 'node:stream'
import { type CsvError, type Info, parse } from 'csv-parse'
import { BadFileError } from '../bad-file.ts'
import { CSV_DIALECT, LONGEST_RECORD } from './dialect.ts'
import type { StatementEncoding } from './scan-file.ts'

/** A place between two records of a file. */
export interface FilePosition {
  /** Where the next record starts. */
  readonly byte: number
  /** The last line before it. */
  readonly line: number
}

export interface RawRecord {
  /** Line at which it starts; the header is on line 1. */
  readonly line: number
  readonly cells: readonly string[]
  /** The place after it. */
  readonly end: FilePosition
}

export interface ReadRecordsParams {
  /** Bytes of the file from `from.byte` on. */
  readonly bytes: AsyncIterable<Uint8Array>
  readonly from: FilePosition
  readonly delimiter: string
  readonly encoding: StatementEncoding
}

/** The records of a file after a position, blank lines left out, as a stream: memory is bounded by a chunk of bytes and one record. Throws `BadFileError`. */
export async function* readRecords(params: ReadRecordsParams): AsyncGenerator<RawRecord, void, undefined> {
  const windows = params.encoding === 'windows-1252'
  const parser = parse({ ...CSV_DIALECT, delimiter: params.delimiter, encoding: windows ? 'latin1' : 'utf8', max_record_size: LONGEST_RECORD, info: true })
  const lines = new LineCounter(params.from.line)
  const source = Readable.from(params.bytes, { objectMode: true, highWaterMark: 1 })
  // Errors of the source reach the parser, and with it the loop below.
  pipeline(source, parser, () => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (windows) for (const [index, cell] of record.entries()) record[index] = fromWindows1252(cell)
      const line = lines.next(record, info)
      if (record.length === 1 && record[0]?.trim() === '') continue
      yield { line, cells: record, end: { byte: params.from.byte + info.bytes, line: lines.end } }
    }
  } catch (error) {
    throw asBadFile(error, params.from.line)
  } finally {
    parser.destroy()
    source.destroy()
  }
}

/** Follows line numbers. csv-parse counts a CRLF inside a quoted cell twice, so cells with line ends are counted here. */
class LineCounter {
  #end: number
  #emptyLines = 0
  #parserLines = 0

  constructor(end: number) {
    this.#end = end
  }

  /** The last line of the last record. */
  get end(): number {
    return this.#end
  }

  /** The first line of a record. */
  next(cells: readonly string[], info: Info): number {
    const skipped = info.empty_lines - this.#emptyLines
    const start = this.#end + 1 + skipped
    const simple = info.lines - this.#parserLines <= 1 + skipped
    this.#emptyLines = info.empty_lines
    this.#parserLines = info.lines
    this.#end = simple ? start : start + cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
    return start
  }
}

// What the bytes 0x80 to 0x9f mean in Windows-1252 (https://encoding.spec.whatwg.org/#index-windows-1252); Latin-1 has control codes there.
const C1 = /[\u0080-\u009f]/g
const WINDOWS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const fromWindows1252 = (text: string): string => text.replace(C1, (code) => WINDOWS[code.charCodeAt(0) - 0x80] as string)

/** A failing parser drops the records that were not taken yet, so the line is reckoned from its own counts. */
function asBadFile(error: unknown, lineBefore: number): unknown {
  const { code, records = 0, empty_lines: emptyLines = 0 } = error as Partial<CsvError> & Partial<Info>
  const line = lineBefore + records + emptyLines + 1
  if (code === 'CSV_MAX_RECORD_SIZE' || code === 'CSV_QUOTE_NOT_CLOSED') {
    return new BadFileError('ROW_TOO_LONG', `the row that starts near line ${line} does not end; most likely it opens a quote that is never closed`)
  }
  if (typeof code === 'string' && code.startsWith('CSV_')) return new BadFileError('NOT_CSV', `the file can't be read as CSV near line ${line}`)
  return error
}
