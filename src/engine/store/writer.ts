import type { Clock } from '../../base/clock.ts'
import { FlushQueue } from '../../base/flush-queue.ts'
import type { Database, Executor } from '../../database/database.ts'
import { isDataError } from '../../database/errors.ts'
import { withConnectionRetry } from '../../database/retrying.ts'
import { type EnqueuedRow, enqueueOperations, type NewOperation } from './enqueue-operations.ts'
import { type SettledRow, type Settlement, settleOperations } from './settle-operations.ts'
import type { OutboxRoutes } from './transition.ts'
import { type ItemWrite, writeItems } from './write-items.ts'
import { type RunWrite, type WrittenRow, writeRuns } from './write-runs.ts'

/** What is told of committed writes. */
export interface WriteAnnouncer {
  enqueued(operations: readonly NewOperation[], rows: readonly EnqueuedRow[]): void
  settled(rows: readonly SettledRow[]): void
  written(ids: readonly string[], rows: readonly WrittenRow[]): void
}

export interface WriterParams {
  readonly database: Database
  readonly clock: Clock
  readonly routes: OutboxRoutes
  readonly instanceId: () => string
  /** Watermarks of claiming by priority, microseconds since the epoch. */
  readonly watermarks: () => readonly number[]
  /** Told after each commit. */
  readonly announcer: WriteAnnouncer
}

/** How long a write goes on over a lost connection before its caller is told. */
const ENQUEUE_RETRY_MS = 10_000
/** A run's writes go on until somebody else may own the operation; the lease decides, not this bound. */
const RUN_RETRY_MS = 60_000

/** The grouped writes of one instance: one flush queue per statement. All of these statements are safe to repeat. */
export class Writer {
  readonly #enqueue: FlushQueue<NewOperation, EnqueuedRow>
  readonly #settle: FlushQueue<Settlement, SettledRow>
  readonly #write: FlushQueue<RunWrite, WrittenRow>
  readonly #items: FlushQueue<ItemWrite, WrittenRow>

  constructor(params: WriterParams) {
    const { clock, routes } = params
    const grouped: Executor = { run: (statement, values) => params.database.runGrouped(statement, values) }
    const persist = <Row>(work: () => Promise<Row>, deadlineMs: number) => withConnectionRetry(work, { clock, deadlineMs })
    this.#enqueue = new FlushQueue({
      name: 'enqueue',
      isDataError,
      flush: async (operations) => {
        const call = { instanceId: params.instanceId(), routes, watermarks: params.watermarks(), operations }
        const rows = await persist(() => enqueueOperations(grouped, call), ENQUEUE_RETRY_MS)
        params.announcer.enqueued(operations, rows)
        return rows
      },
    })
    this.#settle = new FlushQueue({
      name: 'settle',
      isDataError,
      maxWaiting: Number.POSITIVE_INFINITY,
      flush: async (settlements) => {
        const rows = await persist(() => settleOperations(grouped, routes, settlements), RUN_RETRY_MS)
        params.announcer.settled(rows)
        return rows
      },
    })
    this.#write = new FlushQueue({
      name: 'write',
      isDataError,
      maxWaiting: Number.POSITIVE_INFINITY,
      flush: async (writes) => {
        const rows = await persist(() => writeRuns(grouped, routes, writes), RUN_RETRY_MS)
        params.announcer.written(
          writes.map((write) => write.id),
          rows,
        )
        return rows
      },
    })
    this.#items = new FlushQueue({
      name: 'items',
      isDataError,
      maxWaiting: Number.POSITIVE_INFINITY,
      flush: async (writes) => {
        const rows = await persist(() => writeItems(grouped, routes, writes), RUN_RETRY_MS)
        params.announcer.written(
          writes.map((write) => write.id),
          rows,
        )
        return rows
      },
    })
  }

  enqueue(operation: NewOperation): Promise<EnqueuedRow> {
    return this.#enqueue.submit(operation)
  }

  /** Bounded by the slots: each run settles once. */
  settle(settlement: Settlement): Promise<SettledRow> {
    return this.#settle.submit(settlement)
  }

  write(write: RunWrite): Promise<WrittenRow> {
    return this.#write.submit(write)
  }

  writeItem(write: ItemWrite): Promise<WrittenRow> {
    return this.#items.submit(write)
  }

  async drained(): Promise<void> {
    await Promise.all([this.#enqueue.drained(), this.#settle.drained(), this.#write.drained(), this.#items.drained()])
  }
}
