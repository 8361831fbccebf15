import type { Clock } from '../../base/clock.ts'

/** A measurement is as exact as its round trip was short; an old one counts less, because clocks drift. */
const TRUSTED_MS = 60_000

/** The database's clock as far as it is known here: measured with every reading, so that what begins at an instant begins on all instances together. */
export class DatabaseTime {
  readonly #clock: Clock
  #offsetMs = 0
  #roundTripMs = Number.POSITIVE_INFINITY
  #measuredAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock.now() + this.#offsetMs
  }

  /** What the database said that the time was, in an answer that took so long and has just come. */
  learn(databaseMs: number, roundTripMs: number): void {
    const atMs = this.#clock.monotonic()
    if (roundTripMs > this.#roundTripMs && atMs - this.#measuredAt < TRUSTED_MS) return
    this.#roundTripMs = roundTripMs
    this.#measuredAt = atMs
    this.#offsetMs = databaseMs + roundTripMs / 2 - this.#clock.now()
  }
}
