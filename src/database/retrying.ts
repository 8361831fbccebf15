import { type Backoff, backoffMs } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { isConnectionError, isSerializationError } from './errors.ts'

export interface ConnectionRetryParams {
  readonly clock: Clock
  /** How long to go on from now, milliseconds; then the last error is thrown. */
  readonly deadlineMs: number
  /** Ends the waiting; the last error is thrown. */
  readonly signal?: AbortSignal
}

const BACKOFF: Backoff = { baseMs: 50, factor: 2, capMs: 1_000 }
/** Full jitter may draw 0; a database that is starting must not be asked in a tight loop. */
const SHORTEST_WAIT_MS = 10

/**
 * Repeats `work` while the connection is lost (a restart or failover of PostgreSQL) or the transaction was a deadlock's
 * victim. Only for work that is safe to repeat: after a lost answer nobody knows whether the first time was applied.
 */
export async function withConnectionRetry<Result>(work: () => Promise<Result>, params: ConnectionRetryParams): Promise<Result> {
  const { clock, signal } = params
  const end = clock.monotonic() + params.deadlineMs
  for (let failures = 1; ; failures += 1) {
    try {
      return await work()
    } catch (error) {
      const left = end - clock.monotonic()
      if (left <= 0 || signal?.aborted || !(isConnectionError(error) || isSerializationError(error))) throw error
      await clock.sleep(Math.min(left, SHORTEST_WAIT_MS + backoffMs(BACKOFF, failures)), signal)
      if (signal?.aborted) throw error
    }
  }
}
