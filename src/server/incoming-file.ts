import { PassThrough, type Readable } from 'node:stream'
import { InvalidInputError } from '../base/errors.ts'
import type { PendingUpload } from '../base/pending-upload.ts'

export interface IncomingFileParams {
  /** The part of the body, paused until somebody reads. Emits `limit` when the file is larger than `maxFileSize`. */
  readonly stream: Readable
  readonly fileName: string
  readonly mimeType: string
  readonly encoding: string
  /** Path of the variable, for messages. */
  readonly field: string
  readonly maxFileSize: number
  /** Stops reading the request as a form. */
  readonly stop: () => void
}

/** The file of a multipart request while it arrives: at most a stream's buffer of it is in memory. */
export class IncomingFile implements PendingUpload {
  readonly #params: IncomingFileParams
  #failure: InvalidInputError | undefined
  #isDiscarded = false
  #reader: PassThrough | undefined

  constructor(params: IncomingFileParams) {
    this.#params = params
    params.stream.once('limit', () => {
      this.fail(`the file has more than ${params.maxFileSize} bytes, which is the most that is allowed`)
      params.stop()
    })
    params.stream.once('close', () => {
      if (!params.stream.readableEnded) this.fail('the upload ended before the file was complete')
    })
  }

  get fileName(): string {
    return this.#params.fileName
  }

  get mimeType(): string {
    return this.#params.mimeType
  }

  get encoding(): string {
    return this.#params.encoding
  }

  stream(): Readable {
    if (this.#reader || this.#isDiscarded) throw new Error('the bytes of an upload can be read once only')
    const reader = new PassThrough()
    this.#reader = reader
    // A reader that left must not end the process with an error that nobody listens to.
    reader.on('error', () => undefined)
    // One that stops early lets the rest pass, so that the client can finish and read its answer.
    reader.once('close', () => this.#params.stream.resume())
    if (this.#failure) reader.destroy(this.#failure)
    else this.#params.stream.pipe(reader)
    return reader
  }

  discard(): void {
    this.#isDiscarded = true
    this.#reader?.destroy()
    this.#params.stream.resume()
  }

  /** Breaks the reader off with a typed error. The first reason counts. */
  fail(reason: string): void {
    if (this.#failure) return
    this.#failure = new InvalidInputError([{ path: this.#params.field, message: reason }])
    if (this.#reader && !this.#reader.writableEnded) this.#reader.destroy(this.#failure)
  }
}
