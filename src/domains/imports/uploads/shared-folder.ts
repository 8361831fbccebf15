import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import type { Database } from '../../../database/database.ts'
import { ensureSecret } from '../store/ensure-secret.ts'

const MARKER = '.batuta-uploads'
const LOOKS = 10
const LOOK_EVERY_MS = 200

export interface CheckSharedFolderParams {
  readonly folder: string
  readonly database: Database
  readonly clock: Clock
}

/**
 * Makes sure at start that UPLOAD_DIR is one folder for all instances: a marker file in it holds a token that the database
 * holds too. The first instance makes both; one that finds another token, or none, looks at a folder of its own. Throws a sentence then.
 */
export async function checkSharedFolder(params: CheckSharedFolderParams): Promise<void> {
  const { folder, database, clock } = params
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { value, made } = await ensureSecret(database, 'upload-folder', Buffer.from(randomUUID()))
  const token = value.toString()
  if (made) return writeFile(join(folder, MARKER), token, { mode: 0o600 })
  // Another instance may have made the token a moment ago and be about to write the file.
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await readFile(join(folder, MARKER), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    if (found === token) return
    await clock.sleep(LOOK_EVERY_MS)
  }
  throw new Error(
    `UPLOAD_DIR ${folder} is not the folder that the other instances use: expected its file ${MARKER} to hold the token of this database. ` +
      `Mount the shared folder there; if you moved the folder, move ${MARKER} with its files.`,
  )
}
