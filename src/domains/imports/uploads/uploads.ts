import type { Database } from '../../../database/database.ts'
import { BadFileError } from '../bad-file.ts'
import { HEAD_BYTES } from '../csv/read-header.ts'
import { findAbandonedBlobs } from '../store/find-abandoned-blobs.ts'
import { findUpload } from '../store/find-upload.ts'
import { forgetBlob } from '../store/forget-blob.ts'
import { forgetUploads, releaseUploads } from '../store/release-uploads.ts'
import type { BlobStore } from './blob-store.ts'

/** A whole file that an operation reads. */
export interface OpenUpload {
  readonly fileName: string
  readonly sizeBytes: number
  read(fromByte: number): AsyncIterable<Buffer>
}

/** How long content may stay that no operation uses yet. */
const GRACE_SECONDS = 3_600
const SWEEP_LIMIT = 100

/** Reading uploads, and letting go of those that nobody needs any more. */
export class Uploads {
  readonly #database: Database
  readonly #stores: ReadonlyMap<string, BlobStore>

  constructor(database: Database, stores: readonly BlobStore[]) {
    this.#database = database
    this.#stores = new Map(stores.map((store) => [store.location, store]))
  }

  /** Throws `BadFileError` when the upload is not this owner's, or gone. */
  async open(uploadId: string, ownerId: string): Promise<OpenUpload> {
    const found = await findUpload(this.#database, uploadId, ownerId)
    const store = found && this.#stores.get(found.location)
    if (!found || !store) throw new BadFileError('UPLOAD_GONE', 'the uploaded file is not there any more; upload it again')
    return { fileName: found.fileName, sizeBytes: found.sizeBytes, read: (fromByte) => store.read(found.blobId, fromByte) }
  }

  /** Releases uploads that no operation needs and removes abandoned content. Answers how many contents were removed. */
  async sweep(): Promise<number> {
    await releaseUploads(this.#database, GRACE_SECONDS, SWEEP_LIMIT)
    const abandoned = await findAbandonedBlobs(this.#database, GRACE_SECONDS, SWEEP_LIMIT)
    let removed = 0
    for (const blob of abandoned) {
      // A folder that this instance is not configured with: another one's business.
      const store = this.#stores.get(blob.location)
      if (!store) continue
      await store.remove(blob.id)
      await forgetBlob(this.#database, blob.id)
      removed += 1
    }
    await forgetUploads(this.#database)
    return removed
  }
}

/** The first bytes of a file, at most `HEAD_BYTES`. */
export async function readHead(upload: OpenUpload): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of upload.read(0)) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= HEAD_BYTES) break
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES)
}
