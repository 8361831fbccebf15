import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, databaseKinds, freshDatabase } from '../setup/databases.ts'
import { administer, databaseUrl } from '../setup/postgres-template.ts'

const telemetry = new Telemetry()
const migrations = new URL('../../migrations/', import.meta.url)

/** A database without any table. */
async function emptyDatabase(kind: DatabaseKind): Promise<{ database: Database; another(): Database; drop(): Promise<void> }> {
  if (kind === 'pglite') {
    const database = await createPgliteDatabase({ dataDir: undefined, telemetry })
    return { database, another: () => database, drop: () => database.close() }
  }
  const server = inject('postgresUrl')
  const name = `${inject('postgresTemplate')}_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${name}`)
  const opened: Database[] = []
  const another = () => {
    const database = createPostgresDatabase({ url: databaseUrl(server, name), poolSize: 2, telemetry })
    opened.push(database)
    return database
  }
  const drop = async () => {
    await Promise.all(opened.map((database) => database.close()))
    await administer(server, `drop database ${name} with (force)`)
  }
  return { database: another(), another, drop }
}

const names = async () => (await readdir(migrations)).map((file) => file.replace(/\.sql$/, '')).sort()

describe.each(databaseKinds)('migrate on %s', (kind) => {
  let folder: string
  /** A later release's migrations: ours and one more. */
  let newer: URL
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batuta-migrations-'))
    newer = pathToFileURL(`${folder}/`)
    for (const file of await readdir(migrations)) await copyFile(new URL(file, migrations), join(folder, file))
    await writeFile(
      join(folder, '9999_newer.sql'),
      "create table newer (id int);\ninsert into newer values (1);\n-- the end; really\ncomment on table newer is 'a; b'",
    )
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('applies every file once, in order, also when several instances start together', async () => {
    const empty = await emptyDatabase(kind)
    const applied = await Promise.all([migrate(empty.database), migrate(empty.another()), migrate(empty.another())])
    expect(applied.flat()).toEqual(await names())
    expect(await migrate(empty.database)).toEqual([])
    await empty.drop()
  })

  test('lets an older instance start beside a newer schema', async () => {
    const { database, drop } = await freshDatabase(kind)
    expect(await migrate(database, newer)).toEqual(['9999_newer'])
    expect(await migrate(database)).toEqual([])
    expect(await migrate(database, newer)).toEqual([])
    await drop()
  })

  test('keeps nothing of a migration that fails, names it, and can be started again', async () => {
    const { database, drop } = await freshDatabase(kind)
    const broken = join(folder, '9998_broken.sql')
    await writeFile(broken, 'create table half (id int); select 1 / 0;')
    await expect(migrate(database, newer)).rejects.toThrow('9998_broken')
    await rm(broken)
    const { rows } = await sql<{ half: unknown }>`select to_regclass('half') as half`.execute(database.kysely)
    expect(rows).toEqual([{ half: null }])
    expect(await migrate(database, newer)).toEqual(['9999_newer'])
    await drop()
  })
})
