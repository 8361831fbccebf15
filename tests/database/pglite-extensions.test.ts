import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { expect, test } from 'vitest'
import { EMBEDDED_POSTGRES_MAJOR } from '../../src/database/data-dir.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

test('a data folder from before the extensions opens, gets them, and opens again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batuta-extensions-'))
  try {
    const old = await PGlite.create({ dataDir: join(folder, 'postgres') })
    await old.query('create table kept as select 1 as one')
    await old.close()
    await writeFile(join(folder, 'POSTGRES_VERSION'), `${EMBEDDED_POSTGRES_MAJOR}\n`)
    for (const _ of ['the first time', 'again']) {
      const database = await createPgliteDatabase({ dataDir: folder, telemetry: new Telemetry() })
      await migrate(database)
      expect(await database.run({ name: 'test_likeness', text: `select similarity('mate', 'mate') as likeness, one from kept` }, [])).toEqual([
        { likeness: 1, one: 1 },
      ])
      await database.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
