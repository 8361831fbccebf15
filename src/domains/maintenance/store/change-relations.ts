import { sql } from 'kysely'
import type { Database } from '../../../database/database.ts'
import { codeOf } from '../../../database/errors.ts'
import { statement } from '../../../database/statement.ts'

/**
 * Statements that can't be part of a transaction and may take long, so they have no time limit but the operation's own. On PostgreSQL
 * everybody goes on meanwhile (CONCURRENTLY); on the embedded database, whose one connection they hold, statements take turns anyway.
 */
const CANCEL = statement('maintenance_cancel_backend', 'select pg_cancel_backend($1)')

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Frees the room of dead rows and counts anew what plans depend on. */
export function vacuumTable(database: Database, table: string, signal: AbortSignal): Promise<void> {
  return runLong(database, `vacuum (analyze) ${quoted(table)}`, signal)
}

/** Builds an index anew. */
export function reindexIndex(database: Database, index: string, signal: AbortSignal): Promise<void> {
  return runLong(database, `reindex index ${concurrently(database)} ${quoted(index)}`, signal)
}

const LEFTOVERS = statement(
  'maintenance_leftovers',
  `select c.relname::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relnamespace = current_schema()::regnamespace and not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$' order by c.relname`,
)

/** Removes what builds that were broken off left behind: invalid copies that cost every write and help no read. */
export async function dropLeftovers(database: Database, signal: AbortSignal): Promise<void> {
  const rows = await database.run<{ name: string }>(LEFTOVERS, [])
  for (const { name } of rows) await runLong(database, `drop index ${concurrently(database)} if exists ${quoted(name)}`, signal)
}

const concurrently = ({ kind }: Database): string => (kind === 'postgres' ? 'concurrently' : '')

/** undefined_table, undefined_object: it was removed since it was listed. */
const GONE = new Set(['42P01', '42704'])
/** Two that change the same table stood in each other's way: the other one is a build that a killed process left to the server. */
const DEADLOCK = '40P01'
const TRIES = 5

async function runLong(database: Database, text: string, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await runOnce(database, text, signal)
      return
    } catch (error) {
      const code = codeOf(error) ?? ''
      if (GONE.has(code)) return
      if (code !== DEADLOCK || tries >= TRIES || signal.aborted) throw error
    }
  }
}

/** When the run ends early, so does its statement. */
function runOnce(database: Database, text: string, signal: AbortSignal): Promise<void> {
  return database.kysely.connection().execute(async (connection) => {
    signal.throwIfAborted()
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection)
    let canceled: Promise<unknown> | undefined
    const cancel = (): void => {
      canceled = database.run(CANCEL, [rows[0]?.pid]).catch(() => undefined)
    }
    // The embedded database has no second connection to say it on.
    if (database.kind === 'postgres') signal.addEventListener('abort', cancel, { once: true })
    try {
      await sql.raw(text).execute(connection)
    } finally {
      signal.removeEventListener('abort', cancel)
      // Nobody else may get the connection before the cancel has reached it.
      await canceled
    }
  })
}
