import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { Pace } from '../pacing.ts'

// Locks them, in one order, until the transaction ends; makes those that are missing.
const LOCK_PACES = statement(
  'delivery_lock_paces',
  `insert into delivery_pace as p (key, next_at) select key, to_timestamp(0) from unnest($1::text[]) as k (key) order by key
   on conflict (key) do update set next_at = p.next_at
   returning key, (extract(epoch from next_at) * 1000)::double precision as "nextAtMs",
     coalesce(extract(epoch from closed_until) * 1000, 0)::double precision as "closedUntilMs"`,
)

const WRITE_PACES = statement(
  'delivery_write_paces',
  `update delivery_pace p set next_at = to_timestamp(w.next_at_ms / 1000.0) from unnest($1::text[], $2::double precision[]) as w (key, next_at_ms) where p.key = w.key`,
)

const CLOSE_PACE = statement(
  'delivery_close_pace',
  `insert into delivery_pace as p (key, next_at, closed_until)
   select key, now(), now() + ms * interval '1 millisecond' from unnest($1::text[], $2::double precision[]) as c (key, ms) order by key
   on conflict (key) do update set closed_until = greatest(p.closed_until, excluded.closed_until)`,
)

const READ_NOW = statement('delivery_read_now', 'select (extract(epoch from now()) * 1000)::double precision as "nowMs"')

/** The database's clock at the beginning of the transaction, milliseconds since the epoch. */
export async function readNow(executor: Executor): Promise<number> {
  const [row] = await executor.run<{ nowMs: number }>(READ_NOW, [])
  if (!row) throw new Error('the database did not say what time it is')
  return row.nowMs
}

/** The paces of these keys, locked until the transaction ends. */
export async function lockPaces(executor: Executor, keys: readonly string[]): Promise<Map<string, Pace>> {
  const rows = await executor.run<Pace & { readonly key: string }>(LOCK_PACES, [[...new Set(keys)]])
  return new Map(rows.map(({ key, ...pace }) => [key, pace]))
}

export async function writePaces(executor: Executor, paces: ReadonlyMap<string, Pace>): Promise<void> {
  await executor.run(WRITE_PACES, [[...paces.keys()], [...paces.values()].map((pace) => pace.nextAtMs)])
}

export interface Closing {
  readonly key: string
  readonly ms: number
}

/** Nothing more of these keys until then: their receivers asked for silence. Keys must differ. */
export async function closePaces(executor: Executor, closings: readonly Closing[]): Promise<void> {
  await executor.run(CLOSE_PACE, [closings.map(({ key }) => key), closings.map(({ ms }) => ms)])
}
