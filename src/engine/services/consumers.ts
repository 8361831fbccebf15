import { backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Database, Transaction } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { OperationEventType } from '../lifecycle.ts'
import { deleteOutbox, type OutboxRow, postponeOutbox, takeOutbox } from '../store/outbox.ts'

/**
 * A durable consumer: what must happen because of an event. The statement that appends the event also enters an outbox row; the consumer acts and the row is
 * deleted in one transaction. So a kill right after the event's commit still leads to the act, and an act in our own database happens once.
 */
interface AnyConsumer {
  /** Unique and lasting: rows in the database carry it. */
  readonly name: string
  readonly eventTypes: readonly OperationEventType[]
}

/** Acts on each event alone. */
export interface SingleConsumer extends AnyConsumer {
  /** Work inside `transaction` is committed with the removal of the row. Throwing repeats it later. */
  readonly consume: (event: OutboxRow, transaction: Transaction) => Promise<void>
}

/** Acts on many events together, oldest first; a batch that fails is tried one by one, so that a bad event fails alone. */
export interface BatchConsumer extends AnyConsumer {
  /** Events of one batch at most. */
  readonly batchSize: number
  /** As `consume`. What comes in the milliseconds that it answers gathers for the next batch, unless a whole one waits already. */
  readonly consumeMany: (events: readonly OutboxRow[], transaction: Transaction) => Promise<{ readonly restMs: number }>
}

export type Consumer = SingleConsumer | BatchConsumer

const POLL_EVERY_MS = 1_000
const BATCH = 50

export interface ConsumersParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly consumers: readonly Consumer[]
}

/** Runs the durable consumers; woken by hints, polls otherwise. */
export class Consumers implements Service {
  readonly #loops: readonly Loop[]

  constructor(params: ConsumersParams) {
    this.#loops = params.consumers.map((consumer) => {
      const work = new ConsumerWork(params, consumer)
      return new Loop({
        clock: params.clock,
        poll: () => work.poll(),
        onError: (error) => params.telemetry.emit('failure.contained', { where: `consumer ${consumer.name}`, error }),
        retryMs: POLL_EVERY_MS,
      })
    })
  }

  async start(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.start()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
  }

  wake(): void {
    for (const loop of this.#loops) loop.wake()
  }
}

/** What one consumer has to do on this instance. */
class ConsumerWork {
  readonly #params: ConsumersParams
  readonly #consumer: Consumer
  /** Rows of a batch that failed, which are tried alone, so that a bad one fails alone. */
  #alone = 0
  #restsUntil = 0

  constructor(params: ConsumersParams, consumer: Consumer) {
    this.#params = params
    this.#consumer = consumer
  }

  async poll(): Promise<number> {
    const restMs = this.#restsUntil - this.#params.clock.monotonic()
    if (restMs > 0) return restMs
    if (this.#alone === 0) return this.#consumeBatch()
    const taken = await this.#consumeAlone()
    this.#alone = taken ? this.#alone - 1 : 0
    return taken ? 0 : POLL_EVERY_MS
  }

  /** One batch in one transaction. */
  async #consumeBatch(): Promise<number> {
    const { database, clock } = this.#params
    const limit = 'batchSize' in this.#consumer ? this.#consumer.batchSize : BATCH
    let taken = 0
    try {
      const restMs = await database.transaction(async (transaction) => {
        const rows = await takeOutbox(transaction, this.#consumer.name, limit)
        taken = rows.length
        return taken === 0 ? 0 : this.#act(rows, transaction)
      })
      if (taken < limit) this.#restsUntil = clock.monotonic() + restMs
      return taken > 0 ? 0 : POLL_EVERY_MS
    } catch (error) {
      // Nothing was taken: the database is to blame, and no row.
      if (taken === 0) throw error
      this.#alone = taken
      return 0
    }
  }

  /** The oldest row alone; a failure postpones it. */
  async #consumeAlone(): Promise<boolean> {
    const { database, telemetry } = this.#params
    let current: OutboxRow | undefined
    try {
      return await database.transaction(async (transaction) => {
        const [row] = await takeOutbox(transaction, this.#consumer.name, 1)
        if (!row) return false
        current = row
        await this.#act([row], transaction)
        return true
      })
    } catch (error) {
      const row = current
      if (!row) throw error
      telemetry.emit('outbox.failed', { consumer: this.#consumer.name, stream: row.stream, seq: row.seq, error })
      const delayMs = 1_000 + backoffMs({ baseMs: 1_000, factor: 2, capMs: 300_000 }, row.attempts + 1)
      await database.transaction((transaction) => postponeOutbox(transaction, row.id, delayMs))
      return true
    }
  }

  async #act(rows: readonly OutboxRow[], transaction: Transaction): Promise<number> {
    const consumer = this.#consumer
    let restMs = 0
    if ('consumeMany' in consumer) ({ restMs } = await consumer.consumeMany(rows, transaction))
    else for (const row of rows) await consumer.consume(row, transaction)
    await deleteOutbox(
      transaction,
      rows.map((row) => row.id),
    )
    return restMs
  }
}
