-- Access that administrators took away before its tokens expired. One row per user or token, however often it is revoked.
create table revocation (
  -- user: all tokens issued (iat) up to revoked_at; token: the one with this id (jti).
  kind text not null check (kind in ('user', 'token')),
  -- Subject of the tokens, or id of the token.
  key text not null,
  reason text not null,
  revoked_by jsonb not null,
  -- Of the last time, by the database's clock. Instances read what is newer than their last look.
  revoked_at timestamptz not null default clock_timestamp(),
  -- When the last of these tokens has expired, so that the row can go; null: unknown, so it is kept.
  until_at timestamptz,
  primary key (kind, key)
);
create index revocation_revoked_idx on revocation (revoked_at);
