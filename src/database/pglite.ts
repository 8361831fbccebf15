import { type Extensions, PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'
import type { Telemetry } from '../telemetry/facts.ts'
import { columnTypes } from './column-types.ts'
import { type DataDir, openDataDir } from './data-dir.ts'
import type { Database } from './database.ts'
import { takeTurns } from './event-loop-turns.ts'
import { containPoolErrors, PoolDatabase } from './pool-database.ts'
import { SESSION_SETTINGS, withSettings } from './session-settings.ts'

export interface CreatePgliteDatabaseParams {
  /** Folder of the data, locked against a second process; `undefined`: in memory. */
  readonly dataDir: string | undefined
  /** What `dumpDataDir` of another PGlite gave; only in memory. */
  readonly snapshot?: Blob
  /** PostgreSQL extensions beside the built-in one (pg_trgm), which then can be created. */
  readonly extensions?: Extensions
  readonly telemetry: Telemetry
}

/**
 * The embedded database, PostgreSQL in this process. It has one connection: a statement outside a transaction waits for the
 * transaction's end, so inside `transaction` use the transaction only. It survives a kill of the process, but never calls
 * fsync: a power loss may cost the last changes.
 */
export async function createPgliteDatabase(params: CreatePgliteDatabaseParams): Promise<Database> {
  const folder = params.dataDir === undefined ? undefined : await openDataDir(params.dataDir)
  try {
    const lite = await openLite(folder, params)
    await folder?.markReady()
    // One connection that never ends: the adapter shares it between clients.
    const pool = new pg.Pool({
      ...createPgConfig(takeTurns(lite)),
      max: 1,
      idleTimeoutMillis: 0,
      types: columnTypes,
      onConnect: withSettings(SESSION_SETTINGS),
    })
    containPoolErrors(pool, params.telemetry)
    const closeServer = async () => {
      await lite.close()
      await folder?.close()
    }
    return new PoolDatabase({ kind: 'pglite', pool, orderedPool: pool, groupedPool: pool, closeServer })
  } catch (error) {
    await folder?.close()
    throw error
  }
}

/** In memory a cache would only hold everything twice, and preparing a large one is most of what a start takes: 0.3 s instead of 1.1 s. */
const IN_MEMORY = [...PGlite.defaultStartParams, ...['shared_buffers=8MB', 'wal_buffers=1MB', 'max_connections=10'].flatMap((setting) => ['-c', setting])]

function openLite(folder: DataDir | undefined, { snapshot, extensions: more }: CreatePgliteDatabaseParams): Promise<PGlite> {
  const extensions: Extensions = { pg_trgm, ...more }
  if (folder) return PGlite.create({ dataDir: folder.databasePath, extensions })
  return PGlite.create({ startParams: IN_MEMORY, extensions, ...(snapshot && { loadDataDir: snapshot }) })
}
