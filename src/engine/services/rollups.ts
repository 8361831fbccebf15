import type { Clock } from '../../base/clock.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { FIRST_PLACE, mergeRollups, pruneRollups, rollUpEnds } from '../store/roll-up-ends.ts'

const LOOK_EVERY_MS = 1_000
/** A look that found little may take one part in so many of the time: under a long reader it walks rows that are gone and can't be removed. */
const LOOK_RARITY = 20
/** Slow may also mean busy: figures are never older than this and one look. */
const LONGEST_WAIT_MS = 5_000
/** Small enough to hold up nobody on a database of one connection. */
const BATCH = 5_000
const TIDY_EVERY_MS = 60_000
const TIDY_BATCH = 500

export interface RollupsParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Keeps the figures of operations: adds up ends once a second, merges old hours into days, and removes what is kept no longer. Whichever instance comes first does it. */
export class Rollups implements Service {
  readonly #params: RollupsParams
  readonly #loop: Loop
  #from = FIRST_PLACE
  #tidiedAt = Number.NEGATIVE_INFINITY

  constructor(params: RollupsParams) {
    this.#params = params
    this.#loop = new Loop({
      clock: params.clock,
      poll: () => this.#poll(),
      onError: (error) => params.telemetry.emit('failure.contained', { where: 'engine.rollups', error }),
      retryMs: LOOK_EVERY_MS,
    })
  }

  start(): Promise<void> {
    return this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #poll(): Promise<number> {
    const { database, clock, telemetry } = this.#params
    const lookedAt = clock.monotonic()
    const { picked, rolled_up: count, last } = await rollUpEnds(database, { from: this.#from, limit: BATCH })
    const tookMs = clock.monotonic() - lookedAt
    if (count > 0) telemetry.emit('operations.summed', { count })
    this.#from = picked === BATCH && last !== null ? last : FIRST_PLACE
    if (picked === BATCH) return 0
    await this.#tidy()
    return Math.min(LONGEST_WAIT_MS, Math.max(LOOK_EVERY_MS, tookMs * LOOK_RARITY))
  }

  async #tidy(): Promise<void> {
    const { database, clock } = this.#params
    if (clock.monotonic() - this.#tidiedAt < TIDY_EVERY_MS) return
    const merged = await mergeRollups(database, TIDY_BATCH)
    const pruned = await pruneRollups(database, TIDY_BATCH)
    // While a batch comes back full there is more: go on at the next look.
    if (merged < TIDY_BATCH && pruned < TIDY_BATCH) this.#tidiedAt = clock.monotonic()
  }
}
