import { randomBytes } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { inject } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { type CreatePgliteDatabaseParams, createPgliteDatabase } from '../../src/database/pglite.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'
import { administer, databaseUrl } from './postgres-template.ts'

/** Migrated databases of a test's own. Suites that must hold on both kinds loop over `databaseKinds`. */
export const databaseKinds = ['pglite', 'postgres'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

export interface FreshDatabase {
  readonly database: Database
  /** Closes it and removes its data. */
  readonly drop: () => Promise<void>
}

export interface FreshPostgres extends FreshDatabase {
  /** For further instances on the same data. */
  readonly url: string
}

interface FreshDatabaseParams {
  readonly telemetry?: Telemetry
  readonly poolSize?: number
}

const DEFAULT_POOL_SIZE = 5

/** A new database on the run's PostgreSQL, copied from the migrated template. */
export async function freshPostgres(params: FreshDatabaseParams = {}): Promise<FreshPostgres> {
  const server = inject('postgresUrl')
  const template = inject('postgresTemplate')
  const name = `${template}_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${name} template ${template}`)
  const url = databaseUrl(server, name)
  const database = createPostgresDatabase({ url, poolSize: params.poolSize ?? DEFAULT_POOL_SIZE, telemetry: params.telemetry ?? new Telemetry() })
  const drop = async () => {
    await database.close()
    await administer(server, `drop database if exists ${name} with (force)`)
  }
  return { database, url, drop }
}

/** A PGlite in memory, loaded from the migrated snapshot. */
export async function freshPglite(params: FreshDatabaseParams & Pick<CreatePgliteDatabaseParams, 'extensions'> = {}): Promise<FreshDatabase> {
  const snapshot = await openAsBlob(inject('pgliteSnapshot'))
  const database = await createPgliteDatabase({ telemetry: new Telemetry(), ...params, dataDir: undefined, snapshot })
  return { database, drop: () => database.close() }
}

export function freshDatabase(kind: DatabaseKind, params: FreshDatabaseParams = {}): Promise<FreshDatabase> {
  return kind === 'pglite' ? freshPglite(params) : freshPostgres(params)
}

/** A PostgreSQL server of the test's own, which it may halt and restart; not migrated. Stop it at the end. */
export const ownPostgres = (): Promise<PostgresServer> => startPostgresServer()
