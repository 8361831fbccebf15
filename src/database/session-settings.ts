import type pg from 'pg'

/** What every connection is set to, on both databases, so that a statement means the same on each. */
export const SESSION_SETTINGS = [
  "set timezone = 'UTC'",
  // Compiling a plan takes longer than any of our statements.
  'set jit = off',
  // Every statement goes by an index. A prepared statement keeps the plan that it was given when its tables were empty, for minutes:
  // a sequential scan that was right then is a disaster a bulk load later.
  'set enable_seqscan = off',
  // A frozen process must not hold locks on rows that others want to rescue.
  "set idle_in_transaction_session_timeout = '10s'",
]

/** Planned once: for few rows the planner would find it cheaper to plan anew each time, and leave out what that costs. */
export const GROUPED_SETTINGS = [...SESSION_SETTINGS, 'set plan_cache_mode = force_generic_plan']

/** An ordered walk of an index is the only plan left that costs little, whatever the statistics say. */
export const ORDERED_SETTINGS = [
  ...GROUPED_SETTINGS,
  'set enable_bitmapscan = off',
  'set enable_sort = off',
  'set enable_incremental_sort = off',
  'set enable_hashjoin = off',
  'set enable_mergejoin = off',
]

type OnConnect = (client: pg.ClientBase) => void

/** For a pool's `onConnect`: nobody gets the connection before the settings are made. */
export function withSettings(settings: readonly string[]): OnConnect {
  const text = settings.join('; ')
  // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for the promise, though its types say void
  return (client) => client.query(text)
}
