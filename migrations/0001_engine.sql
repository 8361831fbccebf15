-- The engine's tables. The same file runs on PostgreSQL (15 and newer) and on PGlite.
-- Ids are UUIDv7 made by the application, so that primary keys are append-only and ordered by time.

-- One row per process incarnation, renewed every second. Whoever is silent for the lease time has lost its runs.
create table instance (
  id uuid primary key,
  name text not null,
  role text not null,
  started_at timestamptz not null default now(),
  renewed_at timestamptz not null default now()
) with (fillfactor = 50);

create sequence lease_token_seq;

create table operation (
  id uuid primary key,
  type text not null,
  title text not null,
  -- The only truth about the state; the allowed changes are in src/engine/lifecycle.ts.
  state text not null,
  -- 0 low, 1 medium, 2 high, 3 critical.
  priority smallint not null,
  owner_id text not null,
  tenant_id text,
  created_by jsonb not null,
  input jsonb not null,
  -- Fingerprint of the input, compared when an idempotency key is used again.
  input_hash text,
  result jsonb,
  failure jsonb,
  state_reason jsonb,
  -- null: the definition's own impact applies unchanged.
  impact jsonb,
  -- Number of the last event of this operation's stream.
  version integer not null default 1,
  -- Failures of the handler since the last start by a person; attempt = failures + 1 while it runs.
  failures integer not null default 0,
  attempt integer not null default 0,
  max_attempts integer not null,
  -- Times its owner fell silent since a checkpoint last moved.
  rescues integer not null default 0,
  -- Times it was claimed; above 1 there may be steps to skip.
  claims integer not null default 0,
  -- From when it may be claimed; null: not claimable (running, paused, blocked by its key, done).
  claim_at timestamptz,
  -- It waits for its exclusive key.
  blocked boolean not null default false,
  run_at timestamptz not null default now(),
  -- Set while a retry waits.
  next_attempt_at timestamptz,
  lease_token bigint,
  lease_instance uuid,
  -- Number of the last write of the current run, so that repeating a write is recognised.
  write_no integer not null default 0,
  -- Token of the last run that wrote its end, so that repeating that write is recognised.
  settled_token bigint,
  -- Id of the last request by a person, so that repeating it is recognised.
  last_request uuid,
  -- pausing, canceling: until when; work that runs elsewhere: until when it may be silent.
  deadline_at timestamptz,
  -- Length of the silence that is allowed to work that runs elsewhere.
  silence_ms integer,
  exclusive_key text,
  idempotency_key text,
  has_cleanup boolean not null default false,
  -- What it becomes when its clean-up has run, if that is decided already ('failed').
  ending text,
  -- Left out of the history unless asked for: what it made was deleted since.
  hidden boolean not null default false,
  -- Finished running time, milliseconds; and that of the current attempt.
  worked_ms bigint not null default 0,
  attempt_ms bigint not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default now()
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

-- Claiming walks this in order: one range per priority. Plan: Index Scan, no sort (tests/engine/plans.test.ts).
create index operation_claim_idx on operation (priority, claim_at, id) where claim_at is not null;
-- What the runs of an instance hold: rescue, and orders that come with the heartbeat.
create index operation_leased_idx on operation (lease_instance) where lease_instance is not null;
-- Deadlines of pausing, canceling and of work that runs elsewhere.
create index operation_deadline_idx on operation (deadline_at) where deadline_at is not null;
-- Active ones of an owner: quotas, and the first frames of live lists.
create index operation_active_idx on operation (owner_id, type) where finished_at is null;
-- History of an owner, newest first (ids are ordered by time).
create index operation_owner_idx on operation (owner_id, id);
create index operation_blocked_idx on operation (exclusive_key, priority desc, id) where blocked;
create unique index operation_idempotency_idx on operation (owner_id, type, idempotency_key) where idempotency_key is not null;

-- Who holds an exclusive key. Taken when an operation is enqueued (refuse) or claimed (queue); released when it ends.
create table exclusive_key (
  key text primary key,
  operation_id uuid not null
);
create index exclusive_key_operation_idx on exclusive_key (operation_id);

-- The log. A stream's sequence has no hole and follows commit order, because whoever appends holds the lock of the
-- stream's row: the operation itself, or stream_head for named streams.
create table event (
  stream uuid not null,
  seq integer not null,
  type text not null,
  data jsonb not null,
  actor jsonb,
  at timestamptz not null default now(),
  primary key (stream, seq)
) with (autovacuum_vacuum_insert_scale_factor = 0.1);

-- Heads of named streams; they outlive the pruning of their events.
create table stream_head (
  stream uuid primary key,
  name text not null unique,
  head integer not null default 0
) with (fillfactor = 50);

create table operation_step (
  operation_id uuid not null references operation (id) on delete cascade,
  name text not null,
  -- running, completed, failed
  state text not null,
  result jsonb,
  -- Where a run inside the step got to.
  checkpoint jsonb,
  message text,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (operation_id, name)
) with (fillfactor = 80);

-- Narrow and updated in place; never on the wide row.
create table operation_progress (
  operation_id uuid primary key references operation (id) on delete cascade,
  revision integer not null,
  total bigint,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  skipped bigint not null default 0,
  unit text not null,
  message text,
  rate_per_second double precision,
  moved_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Work that is a list: one row per item, intent before and outcome after.
create table operation_item (
  operation_id uuid not null references operation (id) on delete cascade,
  key text not null,
  position integer not null,
  -- The step that works through the list.
  step text not null,
  -- pending, started, succeeded, failed, skipped, unknown
  state text not null,
  lane smallint,
  data jsonb,
  error_code text,
  error_message text,
  attempts smallint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (operation_id, key)
) with (fillfactor = 70);
create index operation_item_order_idx on operation_item (operation_id, position);

-- What durable consumers still have to do because of an event; written with the event.
create table outbox (
  id bigint generated always as identity primary key,
  consumer text not null,
  stream uuid not null,
  seq integer not null,
  type text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default now()
);
create index outbox_due_idx on outbox (consumer, due_at, id);
