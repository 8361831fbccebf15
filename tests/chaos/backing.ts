import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../src/database/database.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, freshPostgres } from '../setup/databases.ts'

/** A database for processes of their own. */
export interface Backing {
  readonly env: Readonly<Record<string, string>>
  /** Looks into it past the API. On PGlite only while no process has it. */
  look<Result>(work: (database: Database) => Promise<Result>): Promise<Result>
  drop(): Promise<void>
}

export async function backing(kind: DatabaseKind): Promise<Backing> {
  if (kind === 'postgres') {
    const { database, url, drop } = await freshPostgres({ poolSize: 2 })
    return { env: { DATABASE_URL: url }, look: (work) => work(database), drop }
  }
  const folder = await mkdtemp(join(tmpdir(), 'batuta-chaos-'))
  return {
    env: { DATA_DIR: folder },
    async look(work) {
      const database = await createPgliteDatabase({ dataDir: folder, telemetry: new Telemetry() })
      try {
        return await work(database)
      } finally {
        await database.close()
      }
    },
    drop: () => rm(folder, { recursive: true, force: true }),
  }
}
