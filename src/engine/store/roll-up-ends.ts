import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import { bucketSql } from '../histogram.ts'

/**
 * Ends of operations become rollups. One statement removes rows of operation_end and adds them up, so a crash loses none and counts none twice. An
 * advisory lock lets one instance do it at a time: two would only wait for each other's rows.
 */
const LOCK_KEY = 7_202_511_221

const turn = `turn as materialized (select pg_try_advisory_xact_lock(${LOCK_KEY}) as mine)`

/** The audiences of an end: everybody's figures are kept, so that nobody has to add up those of all owners. */
export const EVERYBODY = 'everybody'
export const ownerAudience = (ownerId: string): string => `owner:${ownerId}`

const HISTOGRAMS = ['durations', 'unit_times', 'waits'] as const

const added = (column: string): string => `(select coalesce(jsonb_object_agg(x.bucket, x.n), '{}') from (
    select c.key as bucket, sum(c.value::bigint) as n from (select * from jsonb_each_text(r.${column}) union all select * from jsonb_each_text(excluded.${column})) c
    group by c.key) x)`

const SUMS = ['completed', 'failed', 'canceled', 'retries', 'duration_ms', 'started', 'wait_ms'] as const

/** Adds `sums` and `cells` (audience, starts_at, type, kind, bucket, n) to the rollups of a length; rows in one order, so that no two writers wait for each other in a ring. */
const addUp = (hours: number): string => `histograms as (
  select audience, starts_at, type, ${HISTOGRAMS.map((kind) => `jsonb_object_agg(bucket, n) filter (where kind = '${kind}') as ${kind}`).join(', ')}
  from cells group by 1, 2, 3
),
added as (
  insert into operation_rollup as r (audience, starts_at, type, hours, ${SUMS.join(', ')}, ${HISTOGRAMS.join(', ')})
  select s.audience, s.starts_at, s.type, ${hours}, ${SUMS.map((column) => `s.${column}`).join(', ')}, ${HISTOGRAMS.map((column) => `coalesce(h.${column}, '{}')`).join(', ')}
  from sums s left join histograms h on h.audience = s.audience and h.starts_at = s.starts_at and h.type = s.type
  order by s.audience, s.starts_at, s.type
  on conflict (audience, starts_at, type, hours) do update set
    ${SUMS.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')},
    ${HISTOGRAMS.map((column) => `${column} = ${added(column)}`).join(',\n    ')}
)`

/**
 * Plan: TID Range Scan from where the last full batch ended, so that a long backlog, or rows that a long reader keeps vacuum from removing, are walked once
 * and not by every batch; then TID Scan of what was found. Ends that are alike are counted first, because the rest costs by the row.
 */
export const ROLL_UP_STATEMENT = statement(
  'roll_up_ends',
  `with ${turn},
picked as materialized (select e.ctid as place from operation_end e where e.ctid >= $1::tid and (select mine from turn) limit $2),
taken as (delete from operation_end e where e.ctid = any(array(select place from picked)) returning e.*),
alike as materialized (
  select owner_id, type, date_trunc('hour', ended_at, 'UTC') as starts_at, outcome, ${bucketSql('duration_ms')} as duration, ${bucketSql('unit_us')} as unit_time,
    ${bucketSql('wait_ms')} as wait, count(*) as n, sum(retries) as retries, coalesce(sum(duration_ms), 0) as duration_ms, coalesce(sum(wait_ms), 0) as wait_ms
  from taken group by 1, 2, 3, 4, 5, 6, 7
),
ends as materialized (select a.audience, x.* from alike x cross join lateral (values ('${EVERYBODY}'), ('owner:' || x.owner_id)) a(audience)),
sums as (
  select audience, starts_at, type, coalesce(sum(n) filter (where outcome = 'completed'), 0) as completed, coalesce(sum(n) filter (where outcome = 'failed'), 0) as failed,
    coalesce(sum(n) filter (where outcome = 'canceled'), 0) as canceled, sum(retries) as retries, sum(duration_ms) as duration_ms,
    coalesce(sum(n) filter (where wait is not null), 0) as started, sum(wait_ms) as wait_ms
  from ends group by 1, 2, 3
),
cells as (
  select audience, starts_at, type, kind, bucket, sum(n) as n
  from ends cross join lateral (values ('durations', duration), ('unit_times', unit_time), ('waits', wait)) c(kind, bucket)
  where bucket is not null group by 1, 2, 3, 4, 5
),
${addUp(1)}
select (select count(*) from picked) as picked, (select count(*) from taken) as rolled_up, (select max(place)::text from picked) as last`,
)

export const FIRST_PLACE = '(0,0)'

export interface RolledUp {
  /** Rows that were found; fewer than the limit: there are no more after the place, or it is another instance's turn. */
  readonly picked: number
  readonly rolled_up: number
  /** Where to go on; null: nothing was found. */
  readonly last: string | null
}

/** Adds ends to the rollups, at most `limit`, from a place in the file on. */
export async function rollUpEnds(executor: Executor, params: { readonly from: string; readonly limit: number }): Promise<RolledUp> {
  const [row] = await executor.run<RolledUp>(ROLL_UP_STATEMENT, [params.from, params.limit])
  return row as RolledUp
}

/** Hours are kept for so many whole days; older ones are merged into days. */
export const DAYS_BY_THE_HOUR = 8
/** Thirteen months, so that a month can be compared with the same one a year before. */
export const DAYS_KEPT = 396

/** Plan: operation_rollup_age_idx, bounded by the limit. A day may be merged in several goes, because merging adds. */
export const MERGE_STATEMENT = statement(
  'merge_rollups',
  `with ${turn},
old as (
  delete from operation_rollup where (audience, starts_at, type, hours) in (
    select audience, starts_at, type, hours from operation_rollup
    where hours = 1 and starts_at < date_trunc('day', now() - ${DAYS_BY_THE_HOUR} * interval '1 day', 'UTC') and (select mine from turn) order by starts_at limit $1)
  returning *
),
days as materialized (select date_trunc('day', starts_at, 'UTC') as day, * from old),
sums as (
  select audience, day as starts_at, type, ${SUMS.map((column) => `sum(${column}) as ${column}`).join(', ')} from days group by 1, 2, 3
),
cells as (
  select audience, day as starts_at, type, kind, c.key as bucket, sum(c.value::bigint) as n
  from days cross join lateral (values ${HISTOGRAMS.map((column) => `('${column}', ${column})`).join(', ')}) h(kind, counts) cross join lateral jsonb_each_text(counts) c
  group by 1, 2, 3, 4, 5
),
${addUp(24)}
select count(*) as merged from old`,
)

/** Merges hours that are old into days; answers how many. Call again while it is `limit`. */
export async function mergeRollups(executor: Executor, limit: number): Promise<number> {
  const [row] = await executor.run<{ readonly merged: number }>(MERGE_STATEMENT, [limit])
  return row?.merged ?? 0
}

/** Plan: operation_rollup_age_idx, bounded by the limit. */
const PRUNE_STATEMENT = statement(
  'prune_rollups',
  `delete from operation_rollup where (audience, starts_at, type, hours) in (
  select audience, starts_at, type, hours from operation_rollup
  where hours = 24 and starts_at < now() - ${DAYS_KEPT + 1} * interval '1 day' order by starts_at limit $1 for update skip locked)
returning type`,
)

/** Removes rollups that are kept no longer; answers how many. Call again while it is `limit`. */
export const pruneRollups = async (executor: Executor, limit: number): Promise<number> => (await executor.run(PRUNE_STATEMENT, [limit])).length
