import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import { MILESTONES, RATE_WINDOW_MS } from '../progress-tracker.ts'
import type { OutboxRoutes } from './transition.ts'

/** Counts of reports that come faster than this say nothing about the rate. */
const SHORTEST_MS = 50

/** The highest milestone that counts have reached; 0: none. */
const reached = (done: string, total: string): string =>
  `coalesce((select max(m) from unnest(array[${MILESTONES.join(', ')}]) m where ${total} > 0 and ${done} * 100 >= m * ${total}), 0)`

/**
 * A report about work that runs elsewhere: moves the deadline of its silence, and its figures; absent values stay as they are. A milestone that it
 * reaches is an event of its own. The operation and its progress are locked first, so that of two reports at once the second compares itself with the first.
 * The rate is that of a run here: a moving average weighted by time, from the last report that moved the count.
 */
const REPORT = statement(
  'report_external',
  `with l as (
  select id, version, started_at from operation where id = $1::uuid and state = 'running' and silence_ms is not null for no key update
),
b as (
  select x.operation_id, x.total, x.succeeded + x.failed as done, x.moved_at from operation_progress x join l on l.id = x.operation_id for no key update of x
),
n as (
  select l.id, coalesce($2::bigint, b.done, 0) as done, coalesce($4::bigint, b.total) as total,
    greatest(coalesce($2::bigint, b.done, 0) - coalesce(b.done, 0), 0) as moved, extract(epoch from now() - coalesce(b.moved_at, l.started_at)) * 1000 as passed_ms,
    ${reached('coalesce(b.done, 0)', 'coalesce(b.total, 0)')} as before
  from l left join b on b.operation_id = l.id
),
m as (
  select n.id, n.done, n.total, x.percentage from n cross join lateral (select ${reached('n.done', 'coalesce(n.total, 0)')} as percentage) x
  where x.percentage > n.before and not exists (
    select 1 from event e where e.stream = n.id and e.type = 'milestone' and (e.data ->> 'percentage')::int >= x.percentage)
),
o as (
  update operation o set deadline_at = now() + o.silence_ms * interval '1 millisecond', updated_at = now(), version = o.version + (select count(*) from m)
  from l where o.id = l.id
  returning o.id, o.owner_id, o.version
),
e as (
  insert into event (stream, seq, type, data)
  select o.id, o.version, 'milestone', jsonb_build_object('percentage', m.percentage, 'done', m.done, 'total', m.total) from m join o on o.id = m.id
),
ob as (
  insert into outbox (consumer, stream, seq, type)
  select r.consumer, o.id, o.version, 'milestone' from m join o on o.id = m.id join unnest($8::text[], $9::text[]) r(consumer, event_type) on r.event_type = 'milestone'
),
s as (
  insert into operation_step as x (operation_id, name, state, started_at) select l.id, $6, 'running', now() from l where $6::text is not null
  on conflict (operation_id, name) do nothing returning name
),
previous as (
  update operation_step x set state = 'completed', finished_at = now() from l where x.operation_id = l.id and x.state = 'running' and $6::text is not null and x.name <> $6
),
p as (
  insert into operation_progress as x (operation_id, revision, total, succeeded, failed, unit, message, rate_per_second)
  select n.id, 1, $4::bigint, greatest(coalesce($2::bigint, 0) - coalesce($3::bigint, 0), 0), coalesce($3::bigint, 0), coalesce($7, 'items'), $5,
    case when n.moved > 0 and n.passed_ms >= ${SHORTEST_MS} then n.moved * 1000 / n.passed_ms end
  from n
  on conflict (operation_id) do update set revision = x.revision + 1, total = coalesce($4, x.total), failed = coalesce($3, x.failed),
    succeeded = greatest(coalesce($2, x.succeeded + x.failed) - coalesce($3, x.failed), 0), message = coalesce($5, x.message), unit = coalesce($7, x.unit),
    moved_at = case when coalesce($2, x.succeeded + x.failed) <> x.succeeded + x.failed then now() else x.moved_at end,
    rate_per_second = case when excluded.rate_per_second is null then x.rate_per_second when x.rate_per_second is null then excluded.rate_per_second
      else x.rate_per_second + (1 - exp(- extract(epoch from now() - x.moved_at)::float8 * 1000 / ${RATE_WINDOW_MS})) * (excluded.rate_per_second - x.rate_per_second) end,
    updated_at = now()
  returning revision
)
select o.id, o.owner_id, o.version, exists (select 1 from m) as told from o cross join p`,
)

export interface ReportParams {
  readonly id: string
  readonly done: number | null
  readonly failed: number | null
  readonly total: number | null
  readonly message: string | null
  readonly step: string | null
  readonly unit: string | null
}

export interface ReportedRow {
  readonly id: string
  readonly owner_id: string
  readonly version: number
  /** It reached a milestone, which is the last event now. */
  readonly told: boolean
}

/** `undefined`: not running, or not run elsewhere. */
export async function reportExternal(executor: Executor, routes: OutboxRoutes, params: ReportParams): Promise<ReportedRow | undefined> {
  const { id, done, failed, total, message, step, unit } = params
  const [row] = await executor.run<ReportedRow>(REPORT, [id, done, failed, total, message, step, unit, routes.consumers, routes.eventTypes])
  return row
}
