-- Deliveries of notifications outside: preferences, destinations, and what is still to be sent.

-- Random keys of ours, made when first needed: of fingerprints, of links, and of sealed texts where ENCRYPTION_KEYS is not set.
create table delivery_secret (
  name text primary key,
  value bytea not null
);

-- Where somebody gets notifications. User '' is nobody's: what the operator configured for alerts.
create table notification_destination (
  id uuid primary key,
  user_id text not null,
  channel text not null,
  -- Sealed: email address, address of a webhook, phone number.
  address text not null,
  -- Of the address, by a key of ours, so that the same one is found without opening any.
  fingerprint bytea not null,
  -- What lists show.
  masked text not null,
  -- Sealed JSON array of the secrets that sign, the newest first; of webhooks only.
  secrets text,
  -- null: a code was sent and is awaited; nothing else goes there.
  verified_at timestamptz,
  code_hash bytea,
  code_expires_at timestamptz,
  code_tries integer not null default 0,
  -- It was found to be no good.
  disabled_at timestamptz,
  disabled_reason text,
  -- Of the last message, whatever it was.
  last_state text,
  last_at timestamptz,
  last_error text,
  created_at timestamptz not null default now()
) with (fillfactor = 70);
create unique index notification_destination_address_idx on notification_destination (user_id, channel, fingerprint);

-- What users chose; no row: the default.
create table notification_preference (
  user_id text not null,
  category text not null,
  channel text not null,
  enabled boolean not null,
  updated_at timestamptz not null default now(),
  primary key (user_id, category, channel)
);

-- What administrators set, for a tenant or ('') for everybody.
create table notification_default (
  tenant_id text not null,
  category text not null,
  channel text not null,
  enabled boolean not null,
  -- Users can't choose otherwise, and are shown the reason.
  locked boolean not null,
  reason text,
  set_by jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, category, channel)
);

create table quiet_hours (
  user_id text primary key,
  time_zone text not null,
  -- ISO weekdays (1 Monday to 7 Sunday) on which they begin.
  days integer[] not null,
  -- Minutes since midnight, by the wall clock of the zone; an end that is not after the beginning is on the next day.
  from_minute integer not null,
  until_minute integer not null,
  enabled boolean not null,
  updated_at timestamptz not null default now()
);

-- One row per notification and destination, edited as the notification is; tests and codes have one each.
create table delivery (
  id uuid primary key,
  -- notification, test, code
  purpose text not null,
  -- null: none.
  notification_id uuid,
  destination_id uuid not null,
  -- Of the notification, as planned last, and when it got it: what was seen or dismissed before was another version.
  version integer not null,
  version_at timestamptz not null,
  -- pending, held (quiet hours), sending, delivered, unknown, failed, skipped
  state text not null default 'pending',
  -- When it is to be looked at; null: not.
  due_at timestamptz,
  -- The notification was edited while it was being sent: when that is due.
  again_at timestamptz,
  -- Its turn at a destination that takes only so many messages a second; it need not ask again.
  turn_at timestamptz,
  -- Tries of this version.
  attempts integer not null default 0,
  -- One message on its way; several rows that share it are one digest.
  lease_token uuid,
  -- Until then its outcome must be known, else it is unknown.
  lease_until timestamptz,
  -- Category of the message that is on its way, and of the last one that arrived; the channel's own id of that one.
  sending_category text,
  sent_category text,
  reference text,
  -- Why it was skipped, is held, failed or is unknown.
  reason text,
  -- Sealed code of a verification.
  sealed text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
) with (fillfactor = 70);
create unique index delivery_notification_idx on delivery (notification_id, destination_id) where notification_id is not null;
create index delivery_due_idx on delivery (due_at) where due_at is not null;
create index delivery_lease_idx on delivery (lease_until) where lease_until is not null;
create index delivery_token_idx on delivery (lease_token) where lease_token is not null;
create index delivery_held_idx on delivery (destination_id) where state = 'held';
create index delivery_finished_idx on delivery (finished_at) where finished_at is not null;

-- How often something may happen, shared by all instances: messages to a destination and by a channel; codes and tests of a user.
create table delivery_pace (
  -- channel:<name>, destination:<uuid>, codes:<user>, code:<fingerprint>, tests:<user>
  key text primary key,
  -- Theoretical arrival time of the next one (GCRA).
  next_at timestamptz not null,
  -- The receiver asked for silence until then.
  closed_until timestamptz
) with (fillfactor = 70);
