import type { Clock } from '../../base/clock.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { Claimable } from '../channels.ts'
import { type ClaimedRow, claimOperations, FROM_THE_START, nextClaimInMs, type Watermark } from '../store/claim-operations.ts'
import type { OutboxRoutes } from '../store/transition.ts'
import type { Executor } from './executor.ts'
import type { Hints } from './hints.ts'

/** Operations taken by one statement. */
const BATCH = 500
/** Even without a hint (the bus is a hint channel) the whole queue is looked at so often. */
const FULL_LOOK_MS = 1_000

/** A full look may take one part in so many of the time. */
const FULL_LOOK_RARITY = 20

const EVERYWHERE: readonly Watermark[] = [FROM_THE_START, FROM_THE_START, FROM_THE_START, FROM_THE_START]

export interface ClaimerParams {
  readonly database: Database
  readonly executor: Executor
  readonly hints: Hints
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly routes: OutboxRoutes
  readonly types: readonly string[]
  readonly instanceId: () => string
  /** Called after a claim whose answer may have been lost. */
  readonly onDoubt: () => void
}

/**
 * The loop that claims what is due up to the free slots. Each priority has a watermark: a claim starts after the last claimed one, so that index
 * entries which vacuum can't remove yet are not walked again; a full look (every second, or less often where it takes long) and whatever is requeued behind it move it back.
 */
export class Claimer implements Service {
  readonly #params: ClaimerParams
  readonly #loop: Loop
  #watermarks: Watermark[] = [...EVERYWHERE]
  #fullLookAt = Number.NEGATIVE_INFINITY
  #rewound = false
  #accepting = false
  /** Nothing was due at the last look, and no hint came since: a direct start is worth trying. */
  idle = false

  constructor(params: ClaimerParams) {
    this.#params = params
    this.#loop = new Loop({
      clock: params.clock,
      poll: () => this.#poll(),
      onError: (error) => {
        params.telemetry.emit('failure.contained', { where: 'engine.claim', error })
        params.onDoubt()
      },
    })
  }

  async start(): Promise<void> {
    this.#accepting = true
    await this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#accepting = false
    this.idle = false
    await this.#loop.stop()
  }

  get accepting(): boolean {
    return this.#accepting
  }

  get watermarks(): readonly number[] {
    return this.#watermarks.map((watermark) => watermark.claimAtUs)
  }

  /** Something may be claimed. Where it lies behind the watermark of its priority, the next claim starts there. */
  wake(claimable: Claimable): void {
    this.idle = false
    const known = this.#watermarks[claimable.priority]
    if (known && claimable.claimAtUs <= known.claimAtUs) {
      this.#watermarks[claimable.priority] = { claimAtUs: claimable.claimAtUs - 1, id: FROM_THE_START.id }
      this.#rewound = true
    }
    this.#loop.wake()
  }

  /** Hints may have been lost. */
  lookEverywhere(): void {
    this.idle = false
    this.#fullLookAt = Number.NEGATIVE_INFINITY
    this.#loop.wake()
  }

  /** A slot became free. */
  slotFreed(): void {
    if (!this.idle) this.#loop.wake()
  }

  async #poll(): Promise<number> {
    const { executor, clock, database, routes, types, instanceId } = this.#params
    const limit = Math.min(BATCH, executor.free)
    if (limit <= 0) return FULL_LOOK_MS
    const startedAt = clock.monotonic()
    const fullLook = startedAt >= this.#fullLookAt
    const from = fullLook ? EVERYWHERE : this.#watermarks
    this.#rewound = false
    const rows = await claimOperations(database, routes, { limit, instanceId: instanceId(), types, watermarks: from })
    const tookMs = clock.monotonic() - startedAt
    // Under a long reader a full look walks all entries that vacuum can't remove; it may take a small share of the time only.
    if (fullLook) this.#fullLookAt = startedAt + Math.max(FULL_LOOK_MS, tookMs * FULL_LOOK_RARITY)
    this.#advance(rows, from, fullLook && rows.length < limit)
    this.#launch(rows, tookMs)
    if (rows.length > 0) return 0
    // Also after a look from the watermarks: what is behind them waits for the full look anyway, and the insert looks for itself.
    this.idle = true
    if (!fullLook) return Math.min(FULL_LOOK_MS, this.#fullLookAt - startedAt)
    const next = await nextClaimInMs(database)
    return Math.min(FULL_LOOK_MS, Math.max(1, next ?? FULL_LOOK_MS))
  }

  /** A full look that found less than it could leaves nothing behind the old watermark, so that one stays; another restarts from what it found. */
  #advance(rows: readonly ClaimedRow[], from: readonly Watermark[], keepOld: boolean): void {
    // A hint came while the claim was under way: its watermark stands, and the next claim starts there.
    if (this.#rewound) return
    const next = keepOld ? [...this.#watermarks] : [...from]
    for (const row of rows) {
      const known = next[row.priority] as Watermark
      if (row.claim_at_us > known.claimAtUs || (row.claim_at_us === known.claimAtUs && row.id > known.id))
        next[row.priority] = { claimAtUs: row.claim_at_us, id: row.id }
    }
    this.#watermarks = next
  }

  #launch(rows: readonly ClaimedRow[], waitedMs: number): void {
    if (rows.length === 0) return
    for (const row of rows) this.#params.executor.run(row)
    this.#params.hints.changed(rows.map((row) => ({ id: row.id, version: row.version, ownerId: row.owner_id, type: row.type })))
    this.#params.telemetry.emit('operations.claimed', { count: rows.length, waitedMs })
  }
}
