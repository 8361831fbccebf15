import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UnavailableError } from '../base/errors.ts'
import { lockFolder } from './folder-lock.ts'

/** Major version of PostgreSQL inside the PGlite that we ship; a test compares it with the running one. */
export const EMBEDDED_POSTGRES_MAJOR = 18

/** Holds the major version; written when the database first started, so without it the database never held anything. */
const MARKER = 'POSTGRES_VERSION'
const DATABASE = 'postgres'
const UNFINISHED = 'postgres.unfinished'

export interface DataDir {
  /** Where the embedded database keeps its files. */
  readonly databasePath: string
  /** Notes that the database has started in this folder. */
  markReady(): Promise<void>
  /** Lets other processes have the folder. */
  close(): Promise<void>
}

/**
 * Opens the folder of the embedded database for this process alone: makes it if needed (0700), takes its lock and checks the
 * version. Throws `UnavailableError`, with a sentence, when another process has it or its version is another.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  const folder = resolve(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = await lockFolder(folder)
  try {
    await checkVersion(folder)
  } catch (error) {
    await unlock()
    throw error
  }
  return {
    databasePath: join(folder, DATABASE),
    markReady: () => writeMarker(folder),
    close: unlock,
  }
}

async function checkVersion(folder: string): Promise<void> {
  const marker = await readFile(join(folder, MARKER), 'utf8').catch(() => undefined)
  if (marker === undefined) return setAsideUnfinished(folder)
  const major = Number(marker.trim())
  if (major === EMBEDDED_POSTGRES_MAJOR) return
  throw new UnavailableError(
    `expected ${folder} to hold data of PostgreSQL ${EMBEDDED_POSTGRES_MAJOR}, but it holds data of PostgreSQL ${marker.trim()}; ` +
      'start the version of Batuta that wrote it, export its data with pg_dump, and import it into a new folder, or set DATA_DIR to another folder',
  )
}

/** A start that was killed while it made the database leaves half of one. It is kept aside, never deleted at once: somebody may have removed the marker. */
async function setAsideUnfinished(folder: string): Promise<void> {
  if (!existsSync(join(folder, DATABASE))) return
  await rm(join(folder, UNFINISHED), { recursive: true, force: true })
  await rename(join(folder, DATABASE), join(folder, UNFINISHED))
}

async function writeMarker(folder: string): Promise<void> {
  const path = join(folder, MARKER)
  if (existsSync(path)) return
  await writeFile(`${path}.new`, `${EMBEDDED_POSTGRES_MAJOR}\n`)
  await rename(`${path}.new`, path)
}
