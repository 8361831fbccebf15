-- Card statement imports: uploaded files, statement batches ("lotes") with their rows, and what was refused.

-- Random values made at first use and shared by all instances: the key of card fingerprints when none is configured, the key of
-- download links, the token that marks the shared upload folder.
create table imports_secret (
  name text primary key,
  value bytea not null
);

-- Content of uploads, wherever it is: 'database' (upload_chunk) or 'folder' (UPLOAD_DIR). renewed_at grows while bytes arrive, so
-- that a slow upload is told from one that was given up.
create table upload_blob (
  id uuid primary key,
  location text not null,
  renewed_at timestamptz not null default now()
);
create index upload_blob_renewed_idx on upload_blob (renewed_at);

create table upload_chunk (
  blob_id uuid not null,
  start_byte bigint not null,
  data bytea not null,
  primary key (blob_id, start_byte)
);
-- Files are mostly text, but compressing them again and again for one reading costs more than it saves.
alter table upload_chunk alter column data set storage external;

-- A whole, checked file that an operation may use. The row outlives its content, so that a repeated request with an idempotency
-- key still finds the same upload.
create table upload (
  id uuid primary key,
  owner_id text not null,
  file_name text not null,
  size_bytes bigint not null,
  blob_id uuid not null,
  created_at timestamptz not null default now(),
  content_removed_at timestamptz
);
create index upload_blob_id_idx on upload (blob_id);
create index upload_swept_idx on upload (created_at) where content_removed_at is null;

-- Which operation uses an upload: for the sweep only.
create index operation_upload_idx on operation ((input ->> 'uploadId')) where type = 'STATEMENT_IMPORT';

create table statement_batch (
  id uuid primary key,
  owner_id text not null,
  -- null: the import was canceled and its rows discarded; the row goes when they are gone.
  operation_id uuid unique,
  file_name text not null,
  -- Column names as they stood in the file, in their order (card numbers masked, like all kept text).
  header text[] not null,
  delimiter text not null,
  accepted_count integer not null default 0,
  rejected_count integer not null default 0,
  -- open: rows are coming; complete; partial: the import ended early and was kept up to its last checkpoint.
  state text not null default 'open',
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- Nobody sees it any more; its rows are deleted in slices afterwards.
  deleted_at timestamptz,
  purged_at timestamptz
) with (fillfactor = 50);
create index statement_batch_owner_idx on statement_batch (owner_id, id) where deleted_at is null;
create index statement_batch_deleted_idx on statement_batch (deleted_at) where deleted_at is not null;

-- No foreign key to the batch: its check would cost more than the rest of the insert. The statement that inserts rows also
-- updates the batch, and the transaction is given up when the batch is gone.
create table statement_row (
  batch_id uuid not null,
  -- Line of the file at which the row starts; the header is line 1.
  line integer not null,
  -- Keyed hash of card, date, amount and reference, equal for duplicates only. Not an id: a uuid because that is 128 bits of fixed size.
  row_hash uuid not null,
  card_last4 text not null,
  -- Keyed fingerprint of a full card number; null where the file had it masked. Not an id: see row_hash.
  card_fingerprint uuid,
  holder text not null,
  date date not null,
  description text not null,
  amount numeric(18, 2) not null,
  currency text not null,
  installment smallint,
  installments smallint,
  reference text not null,
  category text,
  primary key (batch_id, line)
) with (autovacuum_vacuum_insert_scale_factor = 0.1);
create unique index statement_row_duplicate_idx on statement_row (batch_id, row_hash);

create table statement_reject (
  batch_id uuid not null,
  line integer not null,
  rule text not null,
  message text not null,
  -- Original cells in their order, card numbers masked.
  cells text[] not null,
  primary key (batch_id, line)
);

-- Applied in order of position, then id; the first match wins.
create table category_rule (
  id uuid primary key,
  pattern text not null,
  category text not null,
  position integer not null default 0,
  updated_at timestamptz not null default now()
);
