import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import { readLeased } from '../store/read-leased.ts'
import type { Writer } from '../store/writer.ts'
import type { Executor } from './executor.ts'

const LOOK_EVERY_MS = 5_000
/** A look may take one part in so many of the time. */
const LOOK_RARITY = 50

export interface ReconcilerParams {
  readonly database: Database
  readonly executor: Executor
  readonly writer: Writer
  readonly clock: Clock
  readonly instanceId: () => string
}

/**
 * Gives back operations that this instance holds without running them: the answer of a claim or of a direct start was lost after its commit.
 * An operation must be seen so in two looks, because the answer may just be on its way.
 */
export class Reconciler {
  readonly #params: ReconcilerParams
  #suspects = new Set<number>()
  #lookAt = 0
  #hurry = false

  constructor(params: ReconcilerParams) {
    this.#params = params
  }

  /** An answer was lost: look soon. */
  doubt(): void {
    this.#hurry = true
  }

  async reconcile(): Promise<void> {
    const { clock, database, executor, writer } = this.#params
    if (!this.#hurry && this.#suspects.size === 0 && clock.monotonic() < this.#lookAt) return
    const startedAt = clock.monotonic()
    this.#hurry = false
    const orphans = (await readLeased(database, this.#params.instanceId())).filter((row) => !executor.holds(row.id))
    // Under a long reader this walks entries of finished runs that vacuum can't remove: it may take a small share of the time only.
    this.#lookAt = startedAt + Math.max(LOOK_EVERY_MS, (clock.monotonic() - startedAt) * LOOK_RARITY)
    const confirmed = orphans.filter((row) => this.#suspects.has(row.lease_token))
    this.#suspects = new Set(orphans.filter((row) => !this.#suspects.has(row.lease_token)).map((row) => row.lease_token))
    await Promise.all(
      confirmed.map((row) =>
        writer.settle({
          id: row.id,
          token: row.lease_token,
          trigger: 'release',
          elapsedMs: 0,
          data: { reason: 'answer_lost' },
          reason: { code: 'RESCUED', message: 'It was given back and goes on from the last finished step.' },
        }),
      ),
    )
  }
}
