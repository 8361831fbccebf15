-- Figures of operations by type, owner and time, so that metrics cost the same at any number of operations.

-- Ends that are not in the rollups yet: one row for each, written by the statement that ends the operation (src/engine/store/transition.ts) and removed
-- by the one that adds it to the rollups, a second or so later. No index, because it is only ever read from its start, and writing is on the hot path.
create table operation_end (
  type text not null,
  owner_id text not null,
  -- completed, failed, canceled
  outcome text not null,
  ended_at timestamptz not null,
  -- Running time; null unless it completed.
  duration_ms bigint,
  -- Time that its last run took for one unit of its progress; null unless it completed and that run counted units.
  unit_us bigint,
  -- From when it might start to when it first did; null when it never started.
  wait_ms bigint,
  -- Attempts beyond the first since its last start by a person.
  retries integer not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Sums and histograms of ends, for each audience, type and span of time.
create table operation_rollup (
  -- everybody, or owner:<id>
  audience text not null,
  -- Start of an hour or of a day, UTC.
  starts_at timestamptz not null,
  type text not null,
  -- How long the span is: 1, or 24 for a day that is old enough to be merged.
  hours smallint not null,
  completed bigint not null,
  failed bigint not null,
  canceled bigint not null,
  retries bigint not null,
  -- Of the completed ones, in all.
  duration_ms bigint not null,
  -- Those that had started, and how long they had waited in all.
  started bigint not null,
  wait_ms bigint not null,
  -- Histograms, bucket → count, with the buckets of src/engine/histogram.ts: running times (ms), times for one unit (µs), waiting times (ms).
  durations jsonb not null,
  unit_times jsonb not null,
  waits jsonb not null,
  primary key (audience, starts_at, type, hours)
) with (fillfactor = 70);
-- What is old enough to be merged, or removed.
create index operation_rollup_age_idx on operation_rollup (hours, starts_at);

-- What ended before there were rollups is rolled up like the rest, in slices, by the service.
insert into operation_end (type, owner_id, outcome, ended_at, duration_ms, unit_us, wait_ms, retries)
select o.type, o.owner_id, o.state, o.finished_at, d.ms, case when o.claims = 1 then round(d.ms * 1000.0 / nullif(p.succeeded + p.failed + p.skipped, 0)) end,
  case when o.started_at is not null then greatest(round(extract(epoch from o.started_at - o.run_at) * 1000), 0) end, greatest(o.attempt - 1, 0)
from operation o left join operation_progress p on p.operation_id = o.id
cross join lateral (select case when o.state = 'completed' then
  case when o.silence_ms is null then o.worked_ms else round(extract(epoch from o.finished_at - o.started_at) * 1000) end end as ms) d
where o.finished_at is not null;

-- Lists of what a service opened for others, newest first; those that people start for themselves cost it nothing.
create index operation_opened_idx on operation ((created_by ->> 'id'), id) where created_by ->> 'id' <> owner_id;
