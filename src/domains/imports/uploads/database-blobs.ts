import type { Database } from '../../../database/database.ts'
import { appendChunk, deleteChunks, readChunk } from '../store/upload-chunks.ts'
import type { BlobStore } from './blob-store.ts'

/** What a consumer gets at once, so that parsing a chunk never holds up the event loop for long. */
const PIECE_BYTES = 64 * 1024

/** Content in the database: every instance can read it, nothing to set up. */
export function createDatabaseBlobs(database: Database): BlobStore {
  return {
    location: 'database',
    async write(blobId, chunks) {
      let startByte = 0
      for await (const chunk of chunks) {
        await appendChunk(database, blobId, startByte, chunk)
        startByte += chunk.length
      }
    },
    async *read(blobId, fromByte) {
      let at = fromByte
      for (let chunk = await readChunk(database, blobId, at); chunk.length > 0; chunk = await readChunk(database, blobId, at)) {
        for (let start = 0; start < chunk.length; start += PIECE_BYTES) yield chunk.subarray(start, start + PIECE_BYTES)
        at += chunk.length
      }
    },
    remove: (blobId) => deleteChunks(database, blobId),
  }
}
