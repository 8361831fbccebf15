import { firstUuidAt } from '../../base/ids.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { OperationMetrics } from '../engine.ts'

/** Beyond this position it is only "many". */
const FARTHEST_POSITION = 1_000

/** Figures over a window; walks the primary key from the window's start (ids are ordered by time). */
const statement: Statement = {
  name: 'operation_metrics',
  text: `select count(*) as total,
  count(*) filter (where state = 'completed') as completed, count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'canceled') as canceled,
  (avg(extract(epoch from finished_at - started_at) * 1000) filter (where state = 'completed'))::float8 as mean,
  (percentile_cont(0.5) within group (order by extract(epoch from finished_at - started_at) * 1000) filter (where state = 'completed'))::float8 as p50,
  (percentile_cont(0.95) within group (order by extract(epoch from finished_at - started_at) * 1000) filter (where state = 'completed'))::float8 as p95,
  (avg(extract(epoch from started_at - run_at) * 1000) filter (where started_at is not null))::float8 as wait,
  coalesce(sum(greatest(attempt - 1, 0)), 0) as retries
from operation where id >= $1::uuid and ($2::text is null or type = $2) and ($3::text is null or owner_id = $3)`,
}

interface Row {
  readonly total: number
  readonly completed: number
  readonly failed: number
  readonly canceled: number
  readonly mean: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly wait: number | null
  readonly retries: number
}

export async function readMetrics(
  executor: Executor,
  params: { readonly type?: string; readonly ownerId?: string; readonly since: Date },
): Promise<OperationMetrics> {
  const [row] = await executor.run<Row>(statement, [firstUuidAt(params.since.getTime()), params.type ?? null, params.ownerId ?? null])
  const figures = row as Row
  const ended = figures.completed + figures.failed
  return {
    total: figures.total,
    completed: figures.completed,
    failed: figures.failed,
    canceled: figures.canceled,
    successRate: ended === 0 ? null : figures.completed / ended,
    meanDurationMs: figures.mean,
    p50DurationMs: figures.p50,
    p95DurationMs: figures.p95,
    meanWaitMs: figures.wait,
    retries: figures.retries,
  }
}

const position: Statement = {
  name: 'queue_position',
  text: `select d.ord, a.ahead from unnest($1::uuid[]) with ordinality d(id, ord)
join operation mine on mine.id = d.id and mine.claim_at is not null
cross join lateral (select count(*) as ahead from (
  select 1 from operation o
  where o.claim_at is not null and o.claim_at <= greatest(now(), mine.claim_at)
    and (o.priority > mine.priority or (o.priority = mine.priority and (o.claim_at, o.id) < (mine.claim_at, mine.id)))
  limit ${FARTHEST_POSITION}) x) a`,
}

/** How many claimable operations stand before each of these; `undefined` for one that does not wait, or that has more before it than are counted. */
export async function countAhead(executor: Executor, ids: readonly string[]): Promise<(number | undefined)[]> {
  const rows = await executor.run<{ ord: number; ahead: number }>(position, [ids])
  const answers: (number | undefined)[] = ids.map(() => undefined)
  for (const { ord, ahead } of rows) if (ahead < FARTHEST_POSITION) answers[ord - 1] = ahead
  return answers
}

const durations: Statement = {
  name: 'recent_durations',
  text: `select type, percentile_cont(0.5) within group (order by worked) as p50, percentile_cont(0.5) within group (order by per_unit) as per_unit from (
  select o.type, o.worked_ms::float8 as worked, o.worked_ms::float8 / nullif(p.succeeded + p.failed + p.skipped, 0) as per_unit
  from (select id, type, worked_ms, state from operation order by id desc limit 2000) o left join operation_progress p on p.operation_id = o.id
  where o.state = 'completed') d group by type`,
}

/** Medians of the recent past of a type, milliseconds: of a whole operation, and of one unit of its progress. */
export interface TypeHistory {
  readonly p50Ms: number
  readonly perUnitMs: number | null
}

/** From the newest 2,000 operations, so that it costs the same at any size. */
export async function readHistory(executor: Executor): Promise<ReadonlyMap<string, TypeHistory>> {
  const rows = await executor.run<{ type: string; p50: number; per_unit: number | null }>(durations, [])
  return new Map(rows.map((row) => [row.type, { p50Ms: row.p50, perUnitMs: row.per_unit }]))
}
