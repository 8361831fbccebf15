import type { Clock } from '../base/clock.ts'

/** Timers can't be longer than 24.8 days, so a later instant is approached in steps. */
const LONGEST_WAIT_MS = 2_000_000_000

/** Calls `work` once the wall clock has reached an instant; the returned function cancels it. */
export function atInstant(clock: Clock, atMs: number, work: () => void): () => void {
  let cancel: () => void
  const look = (): void => {
    const waitMs = atMs - clock.now()
    if (waitMs <= 0) work()
    else cancel = clock.after(Math.min(waitMs, LONGEST_WAIT_MS), look)
  }
  // Never in the same turn: callers hold the cancel function before anything happens.
  cancel = clock.after(Math.min(Math.max(0, atMs - clock.now()), LONGEST_WAIT_MS), look)
  return () => cancel()
}
