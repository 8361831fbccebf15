import pg from 'pg'
import type { Telemetry } from '../telemetry/facts.ts'
import { columnTypes } from './column-types.ts'
import type { Database } from './database.ts'
import { containPoolErrors, PoolDatabase } from './pool-database.ts'
import { GROUPED_SETTINGS, ORDERED_SETTINGS, SESSION_SETTINGS, withSettings } from './session-settings.ts'

export interface CreatePostgresDatabaseParams {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** Connections for statements and transactions; one more serves `runOrdered`, and four `runGrouped`. */
  readonly poolSize: number
  readonly telemetry: Telemetry
}

/** Waiting for a free connection, or for a new one. */
const CONNECT_TIMEOUT_MS = 10_000
/** One for each flush queue of the engine. */
const GROUPED_CONNECTIONS = 4
const STATEMENT_TIMEOUT_MS = 60_000
const IDLE_TIMEOUT_MS = 60_000
const KEEP_ALIVE_DELAY_MS = 10_000

/** Connects lazily: a database that is away shows at the first statement. */
export function createPostgresDatabase(params: CreatePostgresDatabaseParams): Database {
  const open = (max: number, settings: readonly string[]) => {
    const pool = new pg.Pool({
      connectionString: params.url,
      max,
      types: columnTypes,
      application_name: 'batuta',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
      onConnect: withSettings(settings),
    })
    containPoolErrors(pool, params.telemetry)
    return pool
  }
  return new PoolDatabase({
    kind: 'postgres',
    pool: open(params.poolSize, SESSION_SETTINGS),
    orderedPool: open(1, ORDERED_SETTINGS),
    groupedPool: open(GROUPED_CONNECTIONS, GROUPED_SETTINGS),
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  })
}
