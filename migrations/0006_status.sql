-- Who is affected by unfinished operations that say so themselves (impact is not null): those of external services, and of types whose impact
-- reaches beyond the owner. All others follow their definition and are found by operation_active_idx, so this index costs them nothing.
-- The expression is that of AUDIENCE in src/status/store/read-impacts.ts.
create index operation_audience_idx on operation ((
  case impact ->> 'scope'
    when 'everybody' then 'everybody'
    when 'tenant' then coalesce('tenant:' || tenant_id, 'owner:' || owner_id)
    else 'owner:' || owner_id
  end
)) where impact is not null and finished_at is null;
