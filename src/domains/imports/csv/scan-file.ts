import { BadFileError } from '../bad-file.ts'

export type StatementEncoding = 'utf8' | 'windows-1252'

export interface FileScan {
  readonly encoding: StatementEncoding
  /** Records, the header included. Exact for files that csv-parse reads without complaint. */
  readonly records: number
  readonly bytes: number
}

const LF = 10
const CR = 13
const QUOTE = 34

const isBlank = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13)

/** Counts records the way `readRecords` gives them, without making strings: quotes count at the start of a cell only, blank lines don't count. */
export class RecordCounter {
  readonly #delimiter: number
  #records = 0
  #quoted = false
  #closing = false
  #atCellStart = true
  #content = false

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0)
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#quoted) this.#inside(byte)
      else if (this.#closing && byte === QUOTE) {
        // Two quotes inside a quoted cell are one of its text.
        this.#quoted = true
        this.#content = true
      } else this.#outside(byte)
    }
  }

  end(): number {
    return this.#content ? this.#records + 1 : this.#records
  }

  #inside(byte: number): void {
    if (byte === QUOTE) {
      this.#quoted = false
      this.#closing = true
    } else if (!isBlank(byte)) this.#content = true
  }

  #outside(byte: number): void {
    this.#closing = false
    if (byte === LF || byte === CR) {
      if (this.#content) this.#records += 1
      this.#content = false
      this.#atCellStart = true
    } else if (byte === this.#delimiter) {
      this.#content = true
      this.#atCellStart = true
    } else {
      if (byte === QUOTE && this.#atCellStart) this.#quoted = true
      else if (!isBlank(byte)) this.#content = true
      this.#atCellStart = false
    }
  }
}

/**
 * One cheap pass over a file: its encoding (UTF-8 when every byte fits, else Windows-1252, the superset of Latin-1 that
 * spreadsheets write), how many records it has, and that it holds no binary data. Throws `BadFileError`.
 */
export async function scanFile(chunks: AsyncIterable<Uint8Array>, delimiter: string, signal: AbortSignal): Promise<FileScan> {
  const counter = new RecordCounter(delimiter)
  let decoder: TextDecoder | undefined = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    if (chunk.includes(0)) throw new BadFileError('NOT_CSV', `expected a CSV text file, found binary data after byte ${bytes + chunk.indexOf(0)}`)
    if (decoder && !decodes(decoder, chunk, true)) decoder = undefined
    counter.push(chunk)
    bytes += chunk.length
  }
  const whole = decoder !== undefined && decodes(decoder, new Uint8Array(), false)
  return { encoding: whole ? 'utf8' : 'windows-1252', records: counter.end(), bytes }
}

function decodes(decoder: TextDecoder, chunk: Uint8Array, stream: boolean): boolean {
  try {
    decoder.decode(chunk, { stream })
    return true
  } catch {
    return false
  }
}
