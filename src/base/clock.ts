/** Time as a parameter: the only place that reads the machine's clocks and sets its timers. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For what people see; never for leases, which use the database's clock. */
  now(): number
  /** Monotonic milliseconds. For measuring durations. */
  monotonic(): number
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `work` once after `ms`; the returned function cancels it. */
  after(ms: number, work: () => void): () => void
}

/** Node clamps longer timers to 1 ms, so a longer wait is cut: callers look again after it anyway. */
const LONGEST_TIMER_MS = 2_147_483_647

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
      signal?.addEventListener('abort', done, { once: true })
    }),
  after: (ms, work) => {
    const timer = setTimeout(work, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  },
}
