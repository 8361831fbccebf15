import type { Clock } from '../../../base/clock.ts'

/** Calls `work` at once, and at most once per interval; the last touch is never lost. */
export class Throttle {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #work: () => void
  #ranAt = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(clock: Clock, everyMs: number, work: () => void) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#work = work
  }

  touch(): void {
    if (this.#cancel) return
    const waitMs = this.#ranAt + this.#everyMs - this.#clock.monotonic()
    if (waitMs <= 0) this.#run()
    else this.#cancel = this.#clock.after(waitMs, () => this.#run())
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #run(): void {
    this.#cancel = undefined
    this.#ranAt = this.#clock.monotonic()
    this.#work()
  }
}
