-- Windows: times in which features are limited by hand. A gate that an administrator closed, or a maintenance that was planned.

create table status_window (
  id uuid primary key,
  -- gate: closed by hand until it is opened; maintenance: planned, begins and ends by itself.
  kind text not null check (kind in ('gate', 'maintenance')),
  -- Why, for people; it may be shown to everybody whom it reaches.
  reason text not null,
  -- As of operations: how far, and which features; and those that can be read only.
  level text not null,
  blocks jsonb not null,
  read_only jsonb not null default '[]',
  warns jsonb not null,
  -- The feature whose gate it is.
  feature text check ((kind = 'gate') = (feature is not null)),
  -- Whom it reaches; null: everybody.
  tenant_id text,
  starts_at timestamptz not null,
  -- When it is to end; null: by hand only.
  planned_end_at timestamptz,
  -- When it ended; null: not yet. One whose planned end has passed has ended, also before this says so.
  ended_at timestamptz,
  -- Grows with every edit; not when it begins or ends by itself.
  version integer not null default 1,
  created_by jsonb not null,
  -- Of whoever planned it; with what was asked, compared when the key is used again.
  idempotency_key text,
  input_hash text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 70);
-- Those that are in effect or still to come: few.
create index status_window_open_idx on status_window (starts_at) where ended_at is null;
create unique index status_window_idempotency_idx on status_window ((created_by ->> 'id'), idempotency_key) where idempotency_key is not null;
