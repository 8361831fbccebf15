import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * The database, PostgreSQL or the embedded PGlite, behind one shape. Hot statements run as named prepared statements
 * (`run`); reads with a variable shape go through Kysely. Statements live only in `database/`, in `store/` folders and in `migrations/`.
 */
export interface Statement {
  /** Name of the prepared statement; unique in the program. */
  readonly name: string
  readonly text: string
}

/** What can run statements: the database itself, or a transaction. */
export interface Executor {
  run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
}

export interface Transaction extends Executor {
  /** For statements of variable shape inside the transaction. */
  readonly kysely: Kysely<Tables>
  /** Calls `work` once the transaction is committed, and never if it is not: for hints. It must not throw. */
  afterCommit(work: () => void): void
}

export interface Database extends Executor {
  readonly kind: 'pglite' | 'postgres'
  readonly kysely: Kysely<Tables>
  /** READ COMMITTED; rolled back when `work` rejects. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>
  /**
   * Runs a statement whose plan must be an ordered walk of an index whatever the statistics say (claims): on PostgreSQL
   * a connection of its own with sort, sequential and bitmap scans disabled.
   */
  runOrdered<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
  /**
   * Runs a grouped write. It is planned once, not for each number of rows: for one row PostgreSQL would plan it anew every
   * time, which takes ten times as long as running it. On PostgreSQL connections of its own.
   */
  runGrouped<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}
