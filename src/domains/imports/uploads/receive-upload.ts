import { createHash } from 'node:crypto'
import { v5 } from 'uuid'
import { InvalidInputError } from '../../../base/errors.ts'
import { newUuid } from '../../../base/ids.ts'
import type { PendingUpload } from '../../../base/pending-upload.ts'
import type { Database } from '../../../database/database.ts'
import { BadFileError } from '../bad-file.ts'
import { HEAD_BYTES, readHeader } from '../csv/read-header.ts'
import { maskDigits } from '../mask.ts'
import { forgetBlob } from '../store/forget-blob.ts'
import { recordUpload } from '../store/record-upload.ts'
import { registerBlob } from '../store/register-blob.ts'
import type { BlobStore } from './blob-store.ts'

/** What the input of a STATEMENT_IMPORT says of its file. */
export interface ReceivedUpload {
  readonly uploadId: string
  readonly fileName: string
  readonly fileSize: number
}

export interface ReceiveUploadParams {
  readonly database: Database
  readonly blobs: BlobStore
  readonly upload: PendingUpload
  readonly ownerId: string
  readonly maxBytes: number
  /**
   * The same key, owner, name and bytes again give the same upload id, so that a client that repeats its request gets its
   * first operation instead of a conflict.
   */
  readonly idempotencyKey?: string | undefined
  /** Path of the file in the client's input. */
  readonly path?: string
}

const CHUNK_BYTES = 512 * 1024
const REPEATED_UPLOADS = '0c5f0a3e-9b1f-5f7b-8a57-6a3d2f1b9c44'

/**
 * Stores a file while it arrives. Binary, empty and header-less files are refused from their first bytes, too large ones when they
 * are, with `InvalidInputError` that names the field; nothing is kept then. Memory is bounded by a chunk.
 */
export async function receiveUpload(params: ReceiveUploadParams): Promise<ReceivedUpload> {
  const { database, blobs, upload, ownerId } = params
  const blobId = newUuid()
  const fileName = keptFileName(upload.fileName)
  const content = new ContentReader(params, () => registerBlob(database, blobId, blobs.location))
  try {
    await registerBlob(database, blobId, blobs.location)
    await blobs.write(blobId, content.chunks())
    const uploadId =
      params.idempotencyKey === undefined ? newUuid() : v5(JSON.stringify([ownerId, params.idempotencyKey, fileName, content.digest()]), REPEATED_UPLOADS)
    const kept = await recordUpload(database, { id: uploadId, ownerId, fileName, sizeBytes: content.size, blobId })
    if (kept !== blobId) await removeBlob(params, blobId)
    return { uploadId, fileName, fileSize: content.size }
  } catch (error) {
    upload.discard()
    // What can't be removed now is swept later.
    await removeBlob(params, blobId).catch(() => {})
    throw error instanceof BadFileError ? new InvalidInputError([{ path: params.path ?? 'input.file', message: error.message }]) : error
  }
}

async function removeBlob({ database, blobs }: ReceiveUploadParams, blobId: string): Promise<void> {
  await blobs.remove(blobId)
  await forgetBlob(database, blobId)
}

const LONGEST_NAME = 200

/** A client's file name as it is kept: its last part, without control characters, card numbers masked. */
export function keptFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  const clean = maskDigits(
    last
      .replace(/\p{Cc}/gu, '')
      .toWellFormed()
      .trim(),
  )
  return [...clean].slice(0, LONGEST_NAME).join('') || 'statement.csv'
}

/** Checks, measures and hashes the bytes on their way, and gathers them to chunks. */
class ContentReader {
  readonly #params: ReceiveUploadParams
  readonly #renew: () => Promise<void>
  readonly #hash = createHash('sha256')
  #size = 0
  #head: Buffer | undefined = Buffer.alloc(0)

  constructor(params: ReceiveUploadParams, renew: () => Promise<void>) {
    this.#params = params
    this.#renew = renew
  }

  get size(): number {
    return this.#size
  }

  digest(): string {
    return this.#hash.digest('base64url')
  }

  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    let pieces: Buffer[] = []
    let bytes = 0
    for await (const piece of this.#params.upload.stream() as AsyncIterable<Buffer>) {
      this.#take(piece)
      pieces.push(piece)
      bytes += piece.length
      if (bytes < CHUNK_BYTES) continue
      await this.#renew()
      yield Buffer.concat(pieces)
      pieces = []
      bytes = 0
    }
    if (this.#head) readHeader(this.#head)
    if (bytes > 0) yield Buffer.concat(pieces)
  }

  #take(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size > this.#params.maxBytes) throw new BadFileError('FILE_TOO_LARGE', `expected a file of at most ${this.#params.maxBytes} bytes`)
    this.#hash.update(piece)
    if (!this.#head) return
    this.#head = Buffer.concat([this.#head, piece])
    if (this.#head.length < HEAD_BYTES) return
    readHeader(this.#head.subarray(0, HEAD_BYTES))
    this.#head = undefined
  }
}
