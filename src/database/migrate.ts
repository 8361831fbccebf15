import { readdir, readFile } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'

const FOLDER = new URL('../../migrations/', import.meta.url)
const TABLE = 'migration'
/** Key of the advisory lock that lets one instance migrate at a time; any constant that nobody else uses. */
const LOCK_KEY = 7_202_511_220

type AnyTables = Record<string, Record<string, unknown>>

/**
 * Brings the schema up to date and answers the names of what was applied. Instances that start together take turns.
 * Migrations that only the database knows belong to a newer release and are left alone, so that an older instance
 * keeps running, and restarting, beside it.
 */
export async function migrate(database: Database, folder: URL = FOLDER): Promise<string[]> {
  const files = await readMigrations(folder)
  // Another view of the same connections: the migrator keeps tables of its own.
  const kysely = database.kysely as unknown as Kysely<AnyTables>
  return kysely.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${sql.lit(LOCK_KEY)})`.execute(connection)
    try {
      return await applyPending(connection, files)
    } finally {
      await sql`select pg_advisory_unlock(${sql.lit(LOCK_KEY)})`.execute(connection)
    }
  })
}

/** Names of the migrations of this release that were not applied, in their order. */
export async function pendingMigrations(database: Database, folder: URL = FOLDER): Promise<string[]> {
  const applied = new Set(await readApplied(database.kysely as unknown as Kysely<AnyTables>))
  return Object.keys(await readMigrations(folder)).filter((name) => !applied.has(name))
}

async function applyPending(connection: Kysely<AnyTables>, files: Record<string, Migration>): Promise<string[]> {
  const known: Record<string, Migration> = { ...files }
  for (const name of await readApplied(connection)) known[name] ??= { up: () => Promise.resolve() }
  const provider: MigrationProvider = { getMigrations: () => Promise.resolve(known) }
  const migrator = new Migrator({ db: connection, provider, migrationTableName: TABLE, migrationLockTableName: `${TABLE}_lock` })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName
    throw new Error(`expected the migrations to apply, but ${failed ?? 'the migrator'} failed; nothing of them was kept`, { cause: error })
  }
  return (results ?? []).map((result) => result.migrationName)
}

async function readApplied(connection: Kysely<AnyTables>): Promise<string[]> {
  const { rows } = await sql<{ exists: boolean }>`select to_regclass(${TABLE}) is not null as "exists"`.execute(connection)
  if (!rows[0]?.exists) return []
  const applied = await sql<{ name: string }>`select name from ${sql.table(TABLE)}`.execute(connection)
  return applied.rows.map((row) => row.name)
}

/** Each file is one migration, sent whole: without parameters PostgreSQL takes several statements at once. */
async function readMigrations(folder: URL): Promise<Record<string, Migration>> {
  const migrations: Record<string, Migration> = {}
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()) {
    const text = await readFile(new URL(file, folder), 'utf8')
    migrations[file.slice(0, -'.sql'.length)] = {
      up: async (db) => {
        await sql.raw(text).execute(db)
      },
    }
  }
  return migrations
}
