import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore } from './blob-store.ts'

/** Content as files of a folder that all instances share (UPLOAD_DIR). Names are blob ids: nothing of the client's is part of a path. */
export function createFolderBlobs(folder: string): BlobStore {
  const pathOf = (blobId: string) => join(folder, `${blobId}.upload`)
  return {
    location: 'folder',
    async write(blobId, chunks) {
      const file = await open(pathOf(blobId), 'wx', 0o600)
      try {
        for await (const chunk of chunks) await file.writeFile(chunk)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    read: (blobId, fromByte) => createReadStream(pathOf(blobId), { start: fromByte }) as AsyncIterable<Buffer>,
    remove: (blobId) => rm(pathOf(blobId), { force: true }),
  }
}
