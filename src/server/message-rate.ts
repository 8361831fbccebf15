/** A token bucket: so many per second on average, and a burst of twice as many. */
export class MessageRate {
  readonly #perSecond: number
  #left: number
  #atMs: number

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#left = perSecond * 2
    this.#atMs = nowMs
  }

  /** False: one more than is allowed. `nowMs` is monotonic. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#perSecond * 2, this.#left + ((nowMs - this.#atMs) / 1_000) * this.#perSecond)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
