import pg from 'pg'
import { migrate } from '../../src/database/migrate.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

/** Runs one statement on the server's own database, outside any transaction. */
export async function administer(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

/** The address of another database of the same server. */
export function databaseUrl(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${name}`
  return address.href
}

/** Makes a migrated database; copies of it are named after it. */
export async function createTemplate(url: string, name: string): Promise<void> {
  await administer(url, `create database ${name}`)
  const database = createPostgresDatabase({ url: databaseUrl(url, name), poolSize: 1, telemetry: new Telemetry() })
  try {
    await migrate(database)
  } finally {
    await database.close()
  }
}

/** Drops the template and the copies that a test did not drop. */
export async function dropLeftovers(url: string, name: string): Promise<void> {
  const { rows } = await administer(url, `select datname from pg_database where starts_with(datname, '${name}')`)
  for (const row of rows as { datname: string }[]) await administer(url, `drop database if exists ${row.datname} with (force)`)
}
