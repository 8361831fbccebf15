-- Agents of stores, and their chats.

-- The assistant of a store. What its owner chose wins over what was derived from the catalogue, which each connection and refresh derives anew.
create table agent (
  store_id uuid primary key references store (id) on delete cascade,
  -- null: not chosen.
  chosen_name text,
  -- friendly, formal, brief
  chosen_tone text,
  chosen_topics text[],
  -- ISO 639-1.
  chosen_languages text[],
  greeting text,
  -- Derived: the largest categories, the languages of products' names, and what there is to know.
  name text not null,
  topics text[] not null,
  languages text[] not null,
  product_count integer not null,
  category_count integer not null,
  price_from numeric(20, 2),
  price_to numeric(20, 2),
  configured_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A chat is what one user and the agent of one store said to each other; nobody else reads it. A question and its reply are stored together.
create table chat_message (
  -- UUIDv7: chats are read, and pruned, in the order of ids.
  id uuid primary key,
  store_id uuid not null references store (id) on delete cascade,
  user_id text not null,
  -- user, assistant
  role text not null,
  text text not null,
  -- What a reply cites; orders only in chats of the store's owner.
  product_ids uuid[] not null default '{}',
  order_ids uuid[] not null default '{}',
  -- Of a reply: retrieval, completion.
  source text,
  -- Of a reply: the store's data was being refreshed, or its index was older than its catalogue.
  stale boolean not null default false,
  -- Of the request: both messages have it.
  idempotency_key text,
  created_at timestamptz not null default now()
);
create index chat_message_chat_idx on chat_message (store_id, user_id, id);
create unique index chat_message_key_idx on chat_message (store_id, user_id, idempotency_key, role) where idempotency_key is not null;

-- "My last orders".
create index shop_order_newest_idx on shop_order (store_id, shop_created_at desc nulls last, id desc) where removed_at is null;
