-- Shops that users connected, and their catalogue as it was read last.

create table store (
  id uuid primary key,
  owner_id text not null,
  tenant_id text,
  name text not null,
  -- tiendanube, sandbox
  platform text not null,
  -- Address of the shop's API, without a slash at its end; sandbox:<name> for a sandbox shop.
  base_url text not null,
  -- disconnected (not connected yet, canceled or failed), connecting, connected, reconnecting, unauthorized (its token must be renewed)
  status text not null default 'disconnected',
  -- The credential that was found to be good last.
  credential_id uuid,
  -- What the shop says of itself: main language (es, en, pt), ISO 4217 currency, public address.
  language text,
  currency text,
  public_url text,
  -- Rows that are not removed; changed by the statements that add and remove rows.
  product_count integer not null default 0,
  order_count integer not null default 0,
  customer_count integer not null default 0,
  -- By the shop's clock: what changed at or after it is asked for next. Per kind, because a first sync may end between two.
  products_until timestamptz,
  orders_until timestamptz,
  customers_until timestamptz,
  -- When a sync ended last, by our clock.
  last_synced_at timestamptz,
  -- Raised by each sync that changed what search shows; the index is as old as the revision that it was built from. null: no index.
  catalogue_revision integer not null default 0,
  indexed_revision integer,
  -- Which documents search reads; the others are being built, or are to be removed.
  search_generation integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 70);
create unique index store_shop_idx on store (owner_id, platform, base_url);
create index store_owner_idx on store (owner_id, id);

-- What is not done of the operations of a store, by their exclusive key.
create index operation_unfinished_key_idx on operation (exclusive_key) where finished_at is null and exclusive_key is not null;

-- Access tokens, sealed. The one that a store uses is named by store.credential_id; others are candidates that a connection has yet to validate.
create table store_credential (
  id uuid primary key,
  store_id uuid not null references store (id) on delete cascade,
  -- By TextSealer, for `store-credential:<id>:token`.
  sealed_token text not null,
  -- Of the start that brought it, so that its repetition brings it once.
  idempotency_key text,
  created_at timestamptz not null default now()
);
create index store_credential_store_idx on store_credential (store_id);
create unique index store_credential_key_idx on store_credential (store_id, idempotency_key) where idempotency_key is not null;

-- Install links that were given out: each is good for one use.
create table store_install (
  -- SHA-256 of the link's state.
  state_hash bytea primary key,
  platform text not null,
  owner_id text not null,
  tenant_id text,
  -- Who asked: the actor of the operation that follows.
  actor jsonb not null,
  name text,
  expires_at timestamptz not null,
  used_at timestamptz,
  -- What it led to.
  operation_id uuid
);
create index store_install_expires_idx on store_install (expires_at);

-- Removed rows of the catalogue stay for a while, products with their name and address alone because chats cite them, orders and customers without
-- what they said of people.
create table product (
  id uuid primary key,
  store_id uuid not null references store (id) on delete cascade,
  -- The shop's own id.
  external_id text not null,
  -- Texts by language: {"es": "Remera", "en": "T-shirt"}; descriptions without markup.
  name jsonb not null,
  description jsonb not null,
  handle text not null,
  brand text,
  tags text[] not null,
  -- Names by language, of each category: [{"es": "Ropa"}].
  categories jsonb not null,
  is_published boolean not null,
  image_url text,
  url text,
  -- Of the cheapest variant, in the store's currency; null: no price.
  price numeric(20, 2),
  -- Of all variants; null: not counted.
  stock integer,
  shop_created_at timestamptz,
  shop_updated_at timestamptz,
  -- Of everything that the shop says of it, variants included, but not of when it was touched last: an equal one is not written again.
  content_hash bytea not null,
  -- Of what search shows of it: an equal one needs no new index.
  document_hash bytea not null,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index product_external_idx on product (store_id, external_id);
create index product_store_idx on product (store_id, id) where removed_at is null;
create index product_removed_idx on product (store_id, removed_at) where removed_at is not null;

create table product_variant (
  id uuid primary key,
  product_id uuid not null references product (id) on delete cascade,
  store_id uuid not null,
  external_id text not null,
  position integer not null,
  sku text,
  -- By language, of each option: [{"es": "Rojo"}, {"es": "M"}].
  options jsonb not null,
  price numeric(20, 2),
  promotional_price numeric(20, 2),
  stock integer
);
create unique index product_variant_external_idx on product_variant (store_id, external_id);
create index product_variant_product_idx on product_variant (product_id, position);

create table shop_customer (
  id uuid primary key,
  store_id uuid not null references store (id) on delete cascade,
  external_id text not null,
  name text not null,
  email text,
  phone text,
  total_spent numeric(20, 2),
  currency text,
  shop_created_at timestamptz,
  shop_updated_at timestamptz,
  content_hash bytea not null,
  document_hash bytea not null,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index shop_customer_external_idx on shop_customer (store_id, external_id);
create index shop_customer_store_idx on shop_customer (store_id, id) where removed_at is null;
create index shop_customer_removed_idx on shop_customer (store_id, removed_at) where removed_at is not null;

create table shop_order (
  id uuid primary key,
  store_id uuid not null references store (id) on delete cascade,
  external_id text not null,
  -- As people know it.
  number text not null,
  -- As the shop says: open, closed, cancelled; pending, paid, …; unpacked, shipped, delivered, …
  status text not null,
  payment_status text not null,
  shipping_status text not null,
  currency text not null,
  total numeric(20, 2) not null,
  customer_external_id text,
  contact_name text,
  contact_email text,
  -- [{"productExternalId", "variantExternalId", "name", "sku", "quantity", "price"}]
  lines jsonb not null,
  shop_created_at timestamptz,
  shop_updated_at timestamptz,
  content_hash bytea not null,
  document_hash bytea not null,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index shop_order_external_idx on shop_order (store_id, external_id);
create index shop_order_store_idx on shop_order (store_id, id) where removed_at is null;
create index shop_order_removed_idx on shop_order (store_id, removed_at) where removed_at is not null;
create index shop_order_number_idx on shop_order (store_id, number) where removed_at is null;

-- What a sync fetched and has yet to write: only what differs from what we have. Belongs to one operation; the next one of the store removes what an interrupted one left.
create table catalogue_change (
  operation_id uuid not null,
  -- products, orders, customers
  kind text not null,
  external_id text not null,
  store_id uuid not null references store (id) on delete cascade,
  -- The row to write, with its hashes; null: it is gone from the shop.
  item jsonb,
  primary key (operation_id, kind, external_id)
);
create index catalogue_change_store_idx on catalogue_change (store_id);

-- Ids that a shop says it has, while they are compared with what we have; then those that we miss.
create table catalogue_seen (
  operation_id uuid not null,
  kind text not null,
  external_id text not null,
  store_id uuid not null references store (id) on delete cascade,
  primary key (operation_id, kind, external_id)
);
create index catalogue_seen_store_idx on catalogue_seen (store_id);

-- How far a sync has read one kind, and what came of it. Where its row is gone, so is what it staged: the sync then begins anew.
create table catalogue_walk (
  operation_id uuid not null,
  kind text not null,
  store_id uuid not null references store (id) on delete cascade,
  -- What store.<kind>_until becomes once the changes are written; null: it stays as it is.
  until timestamptz,
  -- The shop changed while all its pages were read, so one may have slipped from page to page: compare ids, whatever the counts say.
  must_compare boolean not null default false,
  -- Items that the shop had when all its pages had been read; null: only changes were asked for.
  shop_total integer,
  received integer not null default 0,
  added integer not null default 0,
  changed integer not null default 0,
  removed integer not null default 0,
  important integer not null default 0,
  primary key (operation_id, kind)
) with (fillfactor = 50);
create index catalogue_walk_store_idx on catalogue_walk (store_id);
