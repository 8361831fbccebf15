import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import { countOf, type Histogram, parseHistogram, quantileOf } from '../histogram.ts'
import { EVERYBODY, ownerAudience } from './roll-up-ends.ts'

/** What the rollups of a group add up to. Times in milliseconds. */
export interface RollupSums {
  readonly completed: number
  readonly failed: number
  readonly canceled: number
  readonly retries: number
  /** Of the completed ones, in all. */
  readonly durationMs: number
  readonly durations: Histogram
  /** Those that had started. */
  readonly started: number
  readonly waitMs: number
  readonly waits: Histogram
}

export interface ReadRollupsParams {
  /** `undefined`: everybody's. */
  readonly ownerId: string | undefined
  readonly types: readonly string[]
  /** Edges of rollups. */
  readonly since: Date
  readonly until: Date
}

const SUMS = ['completed', 'failed', 'canceled', 'retries', 'duration_ms', 'started', 'wait_ms'] as const

/**
 * Rollups of one audience that touch a window, added up by type or by span of time. Plan: operation_rollup_pkey by audience and time, so it costs the same
 * at any number of operations: with 20 types some 12,000 rows for all that is kept (tests/engine/metrics-plans.test.ts).
 */
export const READ_ROLLUPS = statement(
  'read_rollups',
  `with r as materialized (
  select case when $5::text is null then type else (extract(epoch from date_trunc($5, starts_at, 'UTC')) * 1000)::bigint::text end as part, *
  from operation_rollup
  where audience = $1 and starts_at > $2::timestamptz - interval '1 day' and starts_at < $3::timestamptz and starts_at + hours * interval '1 hour' > $2::timestamptz
    and type = any($4::text[])
),
cells as (
  select part, kind, c.key as bucket, sum(c.value::bigint)::bigint as n
  from r cross join lateral (values ('durations', durations), ('waits', waits)) h(kind, counts) cross join lateral jsonb_each_text(counts) c
  group by 1, 2, 3
),
histograms as (
  select part, jsonb_object_agg(bucket, n) filter (where kind = 'durations') as durations, jsonb_object_agg(bucket, n) filter (where kind = 'waits') as waits
  from cells group by 1
)
select s.*, h.durations, h.waits
from (select part, ${SUMS.map((column) => `sum(${column})::bigint as ${column}`).join(', ')} from r group by 1) s left join histograms h on h.part = s.part`,
)

interface Row {
  readonly part: string
  readonly completed: number
  readonly failed: number
  readonly canceled: number
  readonly retries: number
  readonly duration_ms: number
  readonly started: number
  readonly wait_ms: number
  readonly durations: Readonly<Record<string, number>> | null
  readonly waits: Readonly<Record<string, number>> | null
}

async function readRollups(executor: Executor, params: ReadRollupsParams, part: 'hour' | 'day' | null): Promise<ReadonlyMap<string, RollupSums>> {
  const audience = params.ownerId === undefined ? EVERYBODY : ownerAudience(params.ownerId)
  const rows = await executor.run<Row>(READ_ROLLUPS, [audience, params.since, params.until, params.types, part])
  return new Map(
    rows.map((row) => [
      row.part,
      {
        completed: row.completed,
        failed: row.failed,
        canceled: row.canceled,
        retries: row.retries,
        durationMs: row.duration_ms,
        durations: parseHistogram(row.durations),
        started: row.started,
        waitMs: row.wait_ms,
        waits: parseHistogram(row.waits),
      },
    ]),
  )
}

/** By type; types of which nothing ended are absent. */
export const readByType = (executor: Executor, params: ReadRollupsParams): Promise<ReadonlyMap<string, RollupSums>> => readRollups(executor, params, null)

/** By start of the span, milliseconds since the epoch; spans in which nothing ended are absent. */
export async function readBySpan(executor: Executor, params: ReadRollupsParams, every: 'hour' | 'day'): Promise<ReadonlyMap<number, RollupSums>> {
  const bySpan = await readRollups(executor, params, every)
  return new Map([...bySpan].map(([start, sums]) => [Number(start), sums]))
}

/** Newest completed operations of a type that its usual times are taken from, at least; what ended in the same hour (or day) comes with them. */
const RECENT = 200
/** Fewer say nothing about the slowest tenth. */
const FEWEST_FOR_P90 = 10

/** Plan: operation_rollup_pkey by audience and time; some 220 rows for each type at most. */
const historyStatement = statement(
  'recent_durations',
  `with b as (
  select type, durations, unit_times, sum(completed) over (partition by type order by starts_at desc rows between unbounded preceding and 1 preceding) as newer
  from operation_rollup where audience = '${EVERYBODY}' and starts_at > now() - interval '30 days' and completed > 0
),
cells as (
  select type, kind, c.key as bucket, sum(c.value::bigint)::bigint as n
  from b cross join lateral (values ('durations', durations), ('unit_times', unit_times)) h(kind, counts) cross join lateral jsonb_each_text(counts) c
  where coalesce(newer, 0) < ${RECENT} group by 1, 2, 3
)
select type, jsonb_object_agg(bucket, n) filter (where kind = 'durations') as durations, jsonb_object_agg(bucket, n) filter (where kind = 'unit_times') as unit_times
from cells group by 1`,
)

/** What operations of a type took lately, milliseconds: half of them at most `p50Ms`, nine of ten at most `p90Ms`. `null`: too few to say. */
export interface TypeHistory {
  readonly p50Ms: number
  readonly p90Ms: number | null
  /** The same for one unit of the progress. */
  readonly perUnitMs: number | null
  readonly perUnitHighMs: number | null
}

interface HistoryRow {
  readonly type: string
  readonly durations: Readonly<Record<string, number>> | null
  readonly unit_times: Readonly<Record<string, number>> | null
}

/** Usual times by type, of everybody's operations. */
export async function readHistory(executor: Executor): Promise<ReadonlyMap<string, TypeHistory>> {
  const rows = await executor.run<HistoryRow>(historyStatement, [])
  return new Map(rows.map((row) => [row.type, toHistory(parseHistogram(row.durations), parseHistogram(row.unit_times))]))
}

const p90Of = (histogram: Histogram): number | null => (countOf(histogram) < FEWEST_FOR_P90 ? null : quantileOf(histogram, 0.9))
const inMs = (us: number | null): number | null => (us === null ? null : us / 1_000)

const toHistory = (durations: Histogram, unitTimes: Histogram): TypeHistory => ({
  p50Ms: quantileOf(durations, 0.5) ?? 0,
  p90Ms: p90Of(durations),
  perUnitMs: inMs(quantileOf(unitTimes, 0.5)),
  perUnitHighMs: inMs(p90Of(unitTimes)),
})
