-- Sales, and who has seen how many of them.

create table sale (
  id uuid primary key,
  -- The seller's own number; the same one again means the same sale.
  reference text not null,
  customer text not null,
  channel text not null,
  -- pending: its payment is not confirmed; approved; canceled.
  state text not null,
  -- ISO 4217.
  currency text not null,
  -- Without a scale, so that it keeps the digits of its currency: 12.50, 1200, 1.250.
  total numeric not null,
  -- How many events told of it.
  version integer not null default 1,
  payment_reference text,
  cancel_reason text,
  created_by_id text not null,
  created_by jsonb not null,
  -- Fingerprints of what it was made of, by field: compared when its reference is used again.
  origin jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 85, autovacuum_vacuum_insert_scale_factor = 0.1);
create unique index sale_reference_idx on sale (reference);
create unique index sale_payment_idx on sale (payment_reference) where payment_reference is not null;
-- Newest first: of one seller, of one state (ids are ordered by time).
create index sale_creator_idx on sale (created_by_id, id);
create index sale_state_idx on sale (state, id);

create table sale_line (
  sale_id uuid not null references sale (id) on delete cascade,
  position smallint not null,
  sku text not null,
  name text not null,
  quantity integer not null,
  unit_price numeric not null,
  primary key (sale_id, position)
) with (autovacuum_vacuum_insert_scale_factor = 0.1);

-- How many events lit the badge so far; one row. It is locked before the head of the stream sales, so that the counts that
-- events carry grow in the order of the stream.
create table sales_count (
  single boolean primary key default true check (single),
  lit integer not null default 0
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
insert into sales_count default values;

-- How many of those each administrator has seen.
create table sales_inbox (
  user_id text primary key,
  seen integer not null,
  seen_at timestamptz not null
) with (fillfactor = 70);
