-- Notifications: what people are told, one row per user and key, edited in place. Their inbox is a named stream (inbox:<user>) of the log.

create table notification (
  id uuid primary key,
  user_id text not null,
  tenant_id text,
  -- What is edited rather than repeated: operation:<uuid>, group:<…>, feature:<feature>, announcement:<uuid>.
  key text not null,
  -- What preferences are about: progress, result, failure, status, connection, announcement.
  category text not null,
  -- info, success, warning, error
  kind text not null,
  -- low, normal, high, critical. Only critical ones pass quiet hours.
  urgency text not null default 'normal',
  title text not null,
  body text,
  operation_id uuid,
  operation_type text,
  -- How many operations or events it stands for.
  count integer not null default 1,
  -- Grows with every edit that people should notice; dismissing is for one version.
  version integer not null default 1,
  data jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  seen_at timestamptz,
  dismissed_at timestamptz,
  -- When its condition cleared.
  resolved_at timestamptz
) with (fillfactor = 70);
create unique index notification_key_idx on notification (user_id, key);
