/**
 * Exponential backoff with full jitter: a random wait between 0 and `base * factor^(failures - 1)`, capped.
 * Full jitter spreads a herd best; see "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export interface Backoff {
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
}

export const DEFAULT_BACKOFF: Backoff = { baseMs: 2_000, factor: 2, capMs: 300_000 }

/** Milliseconds to wait after the given number of failures (1 for the first). `random` is in [0, 1). */
export function backoffMs(backoff: Backoff, failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * backoff.factor ** Math.max(0, failures - 1))
  return Math.floor(random() * ceiling)
}
