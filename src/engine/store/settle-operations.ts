import type { Json } from '../../base/json.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { Failure, ProgressRecord } from '../records.ts'
import { MOVED_COLUMNS, type MovedRow, type OutboxRoutes, TRANSITION_SQL, transitionValues, VARIANT_SQL } from './transition.ts'

/** How a run ended, as its worker saw it. The state it leads to is looked up, because a pause or a cancel may have come meanwhile. */
export interface Settlement {
  readonly id: string
  readonly token: number
  readonly trigger: 'complete' | 'fail' | 'failForNow' | 'stopped' | 'release'
  readonly result?: Json
  readonly failure?: Failure
  readonly reason?: { readonly code: string; readonly message: string }
  readonly delayMs?: number
  readonly elapsedMs: number
  /** Units of its progress that this run finished. */
  readonly units?: number
  readonly data?: Json
  /** Last figures of the run; absent when it reported nothing. */
  readonly progress?: ProgressRecord
}

export interface SettledRow extends MovedRow {
  /** False: the run had lost the operation, and nothing was written. */
  readonly owned: boolean
}

/**
 * Ends many runs in one statement. Repeating it after a lost answer is safe: a run that had written its end already is told so
 * (`settled_token`). Plan: one index scan of operation_pkey per row.
 */
export const SETTLE_STATEMENT: Statement = {
  name: 'settle_operations',
  text: `with d as (
  select * from unnest($8::uuid[], $9::bigint[], $10::text[], $11::jsonb[], $12::jsonb[], $13::jsonb[], $14::float8[], $15::bigint[], $16::jsonb[], $27::bigint[])
    with ordinality d(id, token, trigger, result, failure, reason, delay_ms, elapsed_ms, data, units, ord)
),
l as (
  select o.id, o.state as from_state, ${VARIANT_SQL} as variant, d.trigger, d.token, d.result, d.failure, d.reason, d.delay_ms, 0::float8 as deadline_ms,
    d.elapsed_ms, d.units, d.data, null::jsonb as actor, null::uuid as request
  from d join operation o on o.id = d.id and o.lease_token = d.token
  order by o.id for no key update of o
),${TRANSITION_SQL},
p as (
  insert into operation_progress as x (operation_id, revision, total, succeeded, failed, skipped, unit, message, rate_per_second, moved_at, updated_at)
  select p.id, p.revision, p.total, p.succeeded, p.failed, p.skipped, p.unit, p.message, p.rate, to_timestamp(p.moved_ms / 1000), now()
  from unnest($17::uuid[], $18::int[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::text[], $24::text[], $25::float8[], $26::float8[])
    p(id, revision, total, succeeded, failed, skipped, unit, message, rate, moved_ms)
  join u on u.id = p.id
  on conflict (operation_id) do update set revision = excluded.revision, total = excluded.total, succeeded = excluded.succeeded, failed = excluded.failed,
    skipped = excluded.skipped, unit = excluded.unit, message = excluded.message, rate_per_second = excluded.rate_per_second, moved_at = excluded.moved_at,
    updated_at = excluded.updated_at
  where x.revision <= excluded.revision
)
select (u.id is not null or exists (select 1 from operation o where o.id = d.id and o.settled_token = d.token)) as owned, ${MOVED_COLUMNS}
from d left join u on u.id = d.id order by d.ord`,
}

const jsonOrNull = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value))

/** Ends runs; answers in the order asked. */
export function settleOperations(executor: Executor, routes: OutboxRoutes, settlements: readonly Settlement[]): Promise<SettledRow[]> {
  const moving = settlements.flatMap(({ id, progress }) => (progress ? [{ id, ...progress }] : []))
  return executor.run<SettledRow>(SETTLE_STATEMENT, [
    ...transitionValues(routes, new Set(settlements.map((one) => one.trigger))),
    settlements.map((one) => one.id),
    settlements.map((one) => one.token),
    settlements.map((one) => one.trigger),
    settlements.map((one) => jsonOrNull(one.result)),
    settlements.map((one) => jsonOrNull(one.failure)),
    settlements.map((one) => jsonOrNull(one.reason)),
    settlements.map((one) => one.delayMs ?? 0),
    settlements.map((one) => Math.round(one.elapsedMs)),
    settlements.map((one) => jsonOrNull(one.data)),
    ...progressColumns(moving),
    settlements.map((one) => one.units ?? null),
  ])
}

/** Progress figures as the column arrays that statements take: id, revision, total, succeeded, failed, skipped, unit, message, rate, moved at. */
export function progressColumns(rows: readonly (ProgressRecord & { readonly id: string })[]): unknown[] {
  return [
    rows.map((row) => row.id),
    rows.map((row) => row.revision),
    rows.map((row) => row.total),
    rows.map((row) => row.succeeded),
    rows.map((row) => row.failed),
    rows.map((row) => row.skipped),
    rows.map((row) => row.unit),
    rows.map((row) => row.message),
    rows.map((row) => row.ratePerSecond),
    rows.map((row) => row.movedAt.getTime()),
  ]
}
