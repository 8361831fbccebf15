import type { Clock } from '../../base/clock.ts'

/** Two changes that become due within it are woken for together. */
const GRAIN_MS = 5

/**
 * Ids with something to send, each at most once and not before its time. What there is to send is read when it is taken, so
 * a slow reader always gets the latest.
 */
export class Conflation {
  readonly #clock: Clock
  readonly #onReady: () => void
  readonly #ready = new Set<string>()
  readonly #delayed = new Map<string, number>()
  #timer: { readonly at: number; readonly cancel: () => void } | undefined

  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock
    this.#onReady = onReady
  }

  get size(): number {
    return this.#ready.size + this.#delayed.size
  }

  /** Marks an id for the given monotonic instant; one that is due earlier already stays so. */
  mark(id: string, at: number): void {
    if (this.#ready.has(id)) return
    const known = this.#delayed.get(id)
    if (at <= this.#clock.monotonic()) {
      this.#delayed.delete(id)
      this.#ready.add(id)
      this.#onReady()
    } else if (known === undefined || at < known) {
      this.#delayed.set(id, at)
      this.#schedule(at)
    }
  }

  /** The id that has been ready longest. */
  take(): string | undefined {
    for (const id of this.#ready) {
      this.#ready.delete(id)
      return id
    }
    return undefined
  }

  drop(id: string): void {
    this.#ready.delete(id)
    this.#delayed.delete(id)
  }

  clear(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#ready.clear()
    this.#delayed.clear()
  }

  #schedule(at: number): void {
    if (this.#timer && this.#timer.at <= at) return
    this.#timer?.cancel()
    this.#timer = { at, cancel: this.#clock.after(at - this.#clock.monotonic(), () => this.#fire()) }
  }

  #fire(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic() + GRAIN_MS
    let next = Number.POSITIVE_INFINITY
    for (const [id, at] of this.#delayed) {
      if (at > now) next = Math.min(next, at)
      else {
        this.#delayed.delete(id)
        this.#ready.add(id)
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#schedule(next)
    if (this.#ready.size > 0) this.#onReady()
  }
}
