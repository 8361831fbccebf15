-- Restarts of workers on request: every instance drains its workers and starts them again.

-- What is asked of all instances; one row.
create table worker_restart (
  single boolean primary key default true check (single),
  -- Instances whose workers were started for a lower generation start them again.
  generation integer not null default 0,
  -- Whose turn it is: one instance after the other, so that somebody goes on working.
  turn_instance uuid
) with (fillfactor = 50);
insert into worker_restart default values;

-- The generation that its workers were started for, as its heartbeat says; null: a release that knows no restarts.
alter table instance add column generation integer;

-- What a maintenance writes and reads back, to see that the database does both. One row per maintenance, removed at its end.
create table maintenance_probe (
  operation_id uuid primary key,
  token uuid not null,
  written_at timestamptz not null default now()
);
