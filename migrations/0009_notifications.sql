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
  resolved_at timestamptz,
  -- Number of the event of the inbox that added or last edited it: the order of lists, and what "seen up to here" means;
  -- 0: in nobody's inbox (alerts to operators).
  seq integer not null default 0,
  -- How new what it tells of was: the version of the operation; 0 where there is none.
  source_version integer not null default 0,
  -- When the operation had its outcome, or the last one joined the group; null: not yet, or it is about something else.
  outcome_at timestamptz
) with (fillfactor = 70);
create unique index notification_key_idx on notification (user_id, key);
-- Lists of a user, newest first.
create index notification_inbox_idx on notification (user_id, seq);
create index notification_unseen_idx on notification (user_id) where seen_at is null and dismissed_at is null;
-- What may become a group, and the group that is open; how many tell of progress.
create index notification_outcome_idx on notification (user_id, operation_type, outcome_at) where outcome_at is not null;
create index notification_progress_idx on notification (user_id, operation_type) where category = 'progress';
-- What a user was told of gates, maintenances and operations that reach further, and that has not ended.
create index notification_announcement_idx on notification (user_id) where category = 'announcement';
-- Pruning walks this from its old end.
create index notification_updated_idx on notification (updated_at, id);

-- Operations that a group stands for; each is in one group at most.
create table notification_member (
  operation_id uuid primary key,
  notification_id uuid not null references notification (id) on delete cascade,
  -- completed, partial (completed, but some of its items failed), failed, canceled
  outcome text not null,
  -- Version of the operation then.
  operation_version integer not null
) with (fillfactor = 90);
create index notification_member_list_idx on notification_member (notification_id, operation_id);
create index notification_member_outcome_idx on notification_member (notification_id, outcome, operation_id);

-- Unfinished operations that affect more people than their owner: few among many, looked at every few seconds.
create index operation_wide_idx on operation (id) where impact is not null and finished_at is null and impact ->> 'scope' in ('tenant', 'everybody');
