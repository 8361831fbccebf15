-- Business events: streams of their own in the log (event, stream_head).

-- The key is derived from the name, so the name needs no check of its own; and two transactions that begin a stream at the same time
-- would fail on it, because an upsert waits for one unique index only.
alter table stream_head drop constraint stream_head_name_key;

-- Keys that make publishing safe to repeat. They go with their events.
create table event_key (
  stream uuid not null,
  -- Who published: keys of different publishers have nothing to do with each other.
  publisher text not null,
  key text not null,
  -- Of type and data, so that the same key with something else is told.
  fingerprint text not null,
  -- Number of the event; 0 only inside the transaction that publishes it.
  seq integer not null,
  primary key (stream, publisher, key)
);
create index event_key_event_idx on event_key (stream, seq);
