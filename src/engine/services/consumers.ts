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
export interface Consumer {
  /** Unique and lasting: rows in the database carry it. */
  readonly name: string
  readonly eventTypes: readonly OperationEventType[]
  /** Work inside `transaction` is committed with the removal of the row. Throwing repeats it later. */
  readonly consume: (event: OutboxRow, transaction: Transaction) => Promise<void>
}

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
    this.#loops = params.consumers.map(
      (consumer) =>
        new Loop({
          clock: params.clock,
          poll: () => consumeOnce(params, consumer),
          onError: (error) => params.telemetry.emit('failure.contained', { where: `consumer ${consumer.name}`, error }),
          retryMs: POLL_EVERY_MS,
        }),
    )
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

/** One batch in one transaction; a row whose consumer throws is tried alone afterwards, so that it fails alone. */
async function consumeOnce(params: ConsumersParams, consumer: Consumer): Promise<number> {
  let taken = 0
  try {
    taken = await params.database.transaction(async (transaction) => {
      const rows = await takeOutbox(transaction, consumer.name, BATCH)
      for (const row of rows) await consumer.consume(row, transaction)
      if (rows.length > 0)
        await deleteOutbox(
          transaction,
          rows.map((row) => row.id),
        )
      return rows.length
    })
  } catch {
    taken = await consumeAlone(params, consumer)
  }
  return taken > 0 ? 0 : POLL_EVERY_MS
}

/** The oldest row alone; a failure postpones it. */
async function consumeAlone(params: ConsumersParams, consumer: Consumer): Promise<number> {
  let current: OutboxRow | undefined
  try {
    return await params.database.transaction(async (transaction) => {
      const [row] = await takeOutbox(transaction, consumer.name, 1)
      if (!row) return 0
      current = row
      await consumer.consume(row, transaction)
      await deleteOutbox(transaction, [row.id])
      return 1
    })
  } catch (error) {
    const row = current
    if (!row) throw error
    params.telemetry.emit('outbox.failed', { consumer: consumer.name, stream: row.stream, seq: row.seq, error })
    await params.database.transaction((transaction) =>
      postponeOutbox(transaction, row.id, 1_000 + backoffMs({ baseMs: 1_000, factor: 2, capMs: 300_000 }, row.attempts + 1)),
    )
    return 1
  }
}
