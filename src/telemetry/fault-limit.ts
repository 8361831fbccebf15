import type { Clock } from '../base/clock.ts'

const QUIET_MS = 30_000
/** Kinds of faults that are told apart at once; beyond it all is told again. */
const KINDS_LIMIT = 32

/** The same fault is told at once and then every half minute at most, however often it happens. */
export class FaultLimit {
  readonly #clock: Clock
  readonly #told = new Map<string, { readonly at: number; again: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often it happened since it was last told; `undefined`: say nothing now. */
  admit(kind: string): number | undefined {
    const last = this.#told.get(kind)
    const now = this.#clock.monotonic()
    if (last && now - last.at < QUIET_MS) {
      last.again += 1
      return undefined
    }
    if (this.#told.size >= KINDS_LIMIT) this.#told.clear()
    this.#told.set(kind, { at: now, again: 0 })
    return last?.again ?? 0
  }
}
