export interface TokenBucketParams {
  readonly perSecond: number
  /** So many at once, after a while without any. */
  readonly burst: number
}

/** How often something may happen: so much per second on average, and a burst (https://en.wikipedia.org/wiki/Token_bucket). */
export class TokenBucket {
  readonly #params: TokenBucketParams
  #left: number
  #atMs: number

  /** Begins full. `nowMs` is monotonic, here and in `take`. */
  constructor(params: TokenBucketParams, nowMs: number) {
    this.#params = params
    this.#left = params.burst
    this.#atMs = nowMs
  }

  /** False: one more than is allowed. */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#params
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1_000) * perSecond)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
