-- WhatsApp numbers of stores.

create table whatsapp_number (
  store_id uuid primary key references store (id) on delete cascade,
  -- Last part of the webhook's address: random, and the same for all setups of the store.
  webhook_key text not null,
  -- SHA-256 of the token that the gateway shows when it verifies the webhook; of the last registration.
  verify_token_hash bytea not null,
  -- The setup that registered it, an operation.
  registered_by uuid not null,
  -- When the verification request of that registration came; null: not yet.
  challenged_at timestamptz,
  -- The number in use (E.164), its gateway, and the setup that brought it. A setup changes them when its webhook is verified, so that one that fails before
  -- leaves those of the one before. null: none is in use.
  phone text,
  provider text,
  verified_by uuid,
  verified_at timestamptz,
  -- When the gateway took the test message to that number.
  tested_at timestamptz,
  -- When the gateway reported something last, to the second.
  last_event_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index whatsapp_number_webhook_idx on whatsapp_number (webhook_key);
