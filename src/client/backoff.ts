const BASE_MS = 1_000
const CAP_MS = 30_000

/** Milliseconds to wait before the try after `failures` failed ones (from 1): doubling up to half a minute, half of it random, so that clients don't return together. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures - 1, 16))
  return full / 2 + (random() * full) / 2
}

/** Resolves after so many milliseconds, or at once when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
