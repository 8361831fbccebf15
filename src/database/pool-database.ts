import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { Telemetry } from '../telemetry/facts.ts'
import type { Database, Statement, Transaction } from './database.ts'
import { isConnectionError } from './errors.ts'
import type { Tables } from './tables.ts'

/** `pg` takes a limit per query and tells of it in no type. */
type TimedQuery = pg.QueryConfig & { readonly query_timeout?: number }

/** A rollback that is not answered by then leads to the end of its connection, which undoes the transaction too. */
const ROLLBACK_TIMEOUT_MS = 5_000

export interface PoolDatabaseParams {
  readonly kind: Database['kind']
  readonly pool: pg.Pool
  /** For `runOrdered`; the same pool where there is no other. */
  readonly orderedPool: pg.Pool
  /** For `runGrouped`; likewise. */
  readonly groupedPool: pg.Pool
  /** A named statement without an answer for so long counts as a lost connection (half-open socket). */
  readonly statementTimeoutMs?: number
  /** Called after the pools have ended. */
  readonly closeServer?: () => Promise<void>
}

/** The one implementation of `Database`: PostgreSQL and PGlite differ only in the pool they are given. */
export class PoolDatabase implements Database {
  readonly kind: Database['kind']
  readonly kysely: Kysely<Tables>
  readonly #params: PoolDatabaseParams
  #closing: Promise<void> | undefined

  constructor(params: PoolDatabaseParams) {
    this.#params = params
    this.kind = params.kind
    this.kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: borrowed(params.pool) }) })
  }

  run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#runOn(this.#params.pool, statement, values)
  }

  runOrdered<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#runOn(this.#params.orderedPool, statement, values)
  }

  runGrouped<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#runOn(this.#params.groupedPool, statement, values)
  }

  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const committed: (() => void)[] = []
    const result = await this.#transact(work, committed)
    for (const each of committed) each()
    return result
  }

  async #transact<Result>(work: (transaction: Transaction) => Promise<Result>, committed: (() => void)[]): Promise<Result> {
    const client = await this.#params.pool.connect()
    let broken = false
    try {
      await client.query(this.#timed('begin'))
      const query: Query = (statement, values) => this.#query(client, statement, values)
      const result = await work(new ClientTransaction(client, query, committed))
      const { command } = await client.query(this.#timed('commit'))
      // COMMIT of a transaction in which a statement failed answers ROLLBACK and raises nothing.
      if (command === 'ROLLBACK') throw new Error('expected a transaction that can be committed, but one of its statements had failed; let its error through')
      return result
    } catch (error) {
      // Always, whatever the error: on PGlite a connection that is given up would leave its transaction open.
      broken = !(await this.#rolledBack(client))
      throw error
    } finally {
      client.release(broken)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.kysely.destroy()
    await Promise.all([...new Set([this.#params.pool, this.#params.orderedPool, this.#params.groupedPool])].map((pool) => pool.end()))
    await this.#params.closeServer?.()
  }

  /** Not `pool.query`: that one throws the connection away, with its prepared statements, whenever a statement fails. */
  async #runOn<Row extends object>(pool: pg.Pool, statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const client = await pool.connect()
    let broken = false
    try {
      return await this.#query(client, statement, values)
    } catch (error) {
      broken = isConnectionError(error)
      throw error
    } finally {
      client.release(broken)
    }
  }

  async #query<Row extends object>(client: pg.PoolClient, statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await client.query<Row>({ ...this.#timed(statement.text), name: statement.name, values: values as unknown[] })
    return rows
  }

  #timed(text: string, longestMs = Number.POSITIVE_INFINITY): TimedQuery {
    const timeout = this.#params.statementTimeoutMs
    return timeout === undefined ? { text } : { text, query_timeout: Math.min(timeout, longestMs) }
  }

  async #rolledBack(client: pg.PoolClient): Promise<boolean> {
    try {
      await client.query(this.#timed('rollback', ROLLBACK_TIMEOUT_MS))
      return true
    } catch {
      return false
    }
  }
}

type Query = <Row extends object>(statement: Statement, values: readonly unknown[]) => Promise<Row[]>

class ClientTransaction implements Transaction {
  readonly run: Query
  readonly #client: pg.PoolClient
  readonly #committed: (() => void)[]
  #kysely: Kysely<Tables> | undefined

  constructor(client: pg.PoolClient, run: Query, committed: (() => void)[]) {
    this.#client = client
    this.run = run
    this.#committed = committed
  }

  afterCommit(work: () => void): void {
    this.#committed.push(work)
  }

  /** Made on demand: most transactions run named statements only. */
  get kysely(): Kysely<Tables> {
    this.#kysely ??= new Kysely<Tables>({ dialect: new PostgresDialect({ pool: onlyClient(this.#client) }) })
    return this.#kysely
  }
}

/** Kysely ends the pool that it is given, but only if it ever used it; we end ours ourselves. */
const borrowed = (pool: pg.Pool) => ({ connect: () => pool.connect(), end: () => Promise.resolve(), options: {} })

/** A pool that always gives the transaction's client, whose release is the transaction's business. */
function onlyClient(client: pg.PoolClient) {
  const lent = { query: client.query.bind(client), release: () => {} }
  return { connect: () => Promise.resolve(lent), end: () => Promise.resolve(), options: {} }
}

/** Without a listener the loss of a connection, idle or in use, would end the process. Whoever runs a statement is told by its rejection. */
export function containPoolErrors(pool: pg.Pool, telemetry: Telemetry): void {
  const contain = (error: unknown) => telemetry.emit('failure.contained', { where: 'database.connection', error })
  pool.on('error', contain)
  // A client in use has no listener of the pool's.
  pool.on('connect', (client) => client.on('error', () => {}))
}
