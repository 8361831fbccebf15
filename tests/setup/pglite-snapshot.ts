import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/batuta/', import.meta.url))
const PGLITE = fileURLToPath(new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url))
const KEPT_SNAPSHOTS = 5

/** Makes a file with a migrated PGlite, or finds the one of an earlier run with the same migrations and the same PGlite. */
export async function makeSnapshot(): Promise<string> {
  const path = join(CACHE, `pglite-${await fingerprint()}.tar`)
  if (existsSync(path)) return path
  await mkdir(CACHE, { recursive: true })
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(unfinished, await dumpMigrated())
  await rename(unfinished, path)
  await removeOld()
  return path
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(PGLITE))
    .update(await readFile(fileURLToPath(import.meta.url)))
  for (const file of (await readdir(MIGRATIONS)).sort()) hash.update(file).update(await readFile(join(MIGRATIONS, file)))
  return hash.digest('hex').slice(0, 16)
}

async function dumpMigrated(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'batuta-pglite-'))
  try {
    const database = await createPgliteDatabase({ dataDir: folder, telemetry: new Telemetry() })
    await migrate(database)
    await database.close()
    const lite = await PGlite.create({ dataDir: join(folder, 'postgres') })
    // Nothing is made from them, and a third of the files that every copy would carry is theirs.
    await lite.exec('update pg_database set datistemplate = false')
    for (const template of ['template0', 'template1']) await lite.exec(`drop database ${template}`)
    await lite.exec('checkpoint')
    const dump = await lite.dumpDataDir('none')
    await lite.close()
    return new Uint8Array(await dump.arrayBuffer())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Another run may be reading a recent one. */
async function removeOld(): Promise<void> {
  const paths = (await readdir(CACHE)).map((name) => join(CACHE, name))
  const files = await Promise.all(paths.map(async (path) => ({ path, madeAt: (await stat(path)).mtimeMs })))
  files.sort((left, right) => right.madeAt - left.madeAt)
  await Promise.all(files.slice(KEPT_SNAPSHOTS).map((file) => rm(file.path, { force: true })))
}
