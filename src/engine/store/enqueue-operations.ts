import type { Actor } from '../../base/actor.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { Impact } from '../definition.ts'
import type { OutboxRoutes } from './transition.ts'

export interface NewOperation {
  readonly id: string
  readonly type: string
  readonly title: string
  /** 0 to 3. */
  readonly priority: number
  readonly ownerId: string
  readonly tenantId: string | null
  readonly createdBy: Actor
  /** JSON text. */
  readonly input: string
  readonly inputHash: string | null
  readonly impact: Impact | null
  readonly maxAttempts: number
  readonly runAt: Date | null
  readonly exclusiveKey: string | null
  /** With an exclusive key: refuse a second one, rather than queue it. */
  readonly refuseSecond: boolean
  readonly idempotencyKey: string | null
  readonly hasCleanup: boolean
  /** Non-terminal operations that the owner may have, of all types and of this one; null: no limit. */
  readonly quota: number | null
  readonly typeQuota: number | null
  /** For work that runs elsewhere: the silence allowed, milliseconds. It starts as running. */
  readonly silenceMs: number | null
  /** This instance has a free slot: start at once if nothing of the same or a higher priority waits. */
  readonly direct: boolean
}

export interface EnqueuedRow {
  readonly outcome: 'started' | 'known' | 'busy' | 'overQuota'
  readonly id: string
  readonly state: string | null
  readonly lease_token: number | null
  readonly version: number | null
  readonly created_at: Date | null
  readonly run_at: Date | null
  readonly deadline_at: Date | null
  /** From when it may be claimed, microseconds since the epoch; null: not claimable. */
  readonly claim_at_us: number | null
}

/**
 * Inserts many operations with their first events in one statement. An idle instance's own are inserted as running already ("direct start": pick-up
 * costs no second commit). `known`: the id or the idempotency key exists, nothing was inserted. `busy`: the exclusive key is held.
 */
const statement: Statement = {
  name: 'enqueue_operations',
  text: `with me as (select id from instance where id = $1::uuid for key share),
d as (
  select * from unnest($4::uuid[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::jsonb[], $11::jsonb[], $12::text[], $13::jsonb[],
    $14::int[], $15::timestamptz[], $16::text[], $17::bool[], $18::text[], $19::bool[], $20::int[], $21::int[], $22::int[], $23::bool[])
    with ordinality d(id, type, title, priority, owner_id, tenant_id, created_by, input, input_hash, impact, max_attempts, run_at, exclusive_key, refuse,
      idempotency_key, has_cleanup, quota, type_quota, silence_ms, direct, ord)
),
waiting as (
  select p.priority from unnest(array[0, 1, 2, 3]) p(priority)
  where exists (select 1 from d where d.direct)
    and exists (select 1 from operation o where o.priority = p.priority and o.claim_at is not null and o.claim_at <= now() and o.claim_at >= timestamptz 'epoch' + ($24::float8[])[p.priority + 1] * interval '1 microsecond')
),
allowed as (
  select d.* from d
  where not exists (select 1 from operation o where d.idempotency_key is not null and o.owner_id = d.owner_id and o.type = d.type and o.idempotency_key = d.idempotency_key)
    and (d.quota is null or d.quota > (select count(*) from (select 1 from operation o where o.owner_id = d.owner_id and o.finished_at is null limit d.quota) a)
      + (select count(*) from d s where s.owner_id = d.owner_id and s.ord < d.ord))
    and (d.type_quota is null or d.type_quota > (select count(*) from (select 1 from operation o where o.owner_id = d.owner_id and o.type = d.type and o.finished_at is null limit d.type_quota) a)
      + (select count(*) from d s where s.owner_id = d.owner_id and s.type = d.type and s.ord < d.ord))
),
k as (
  insert into exclusive_key (key, operation_id)
  select exclusive_key, id from allowed where exclusive_key is not null and refuse order by exclusive_key, ord
  on conflict (key) do nothing returning operation_id
),
o as (
  insert into operation (id, type, title, priority, owner_id, tenant_id, created_by, input, input_hash, impact, max_attempts, run_at, exclusive_key, idempotency_key,
    has_cleanup, silence_ms, state, version, attempt, claims, claim_at, lease_token, lease_instance, started_at, deadline_at)
  select a.id, a.type, a.title, a.priority, a.owner_id, a.tenant_id, a.created_by, a.input, a.input_hash, a.impact, a.max_attempts, coalesce(a.run_at, now()), a.exclusive_key,
    a.idempotency_key, a.has_cleanup, a.silence_ms,
    case when go then 'running' else 'queued' end, case when go then 2 else 1 end, case when go then 1 else 0 end, case when go then 1 else 0 end,
    case when not go then greatest(now(), coalesce(a.run_at, now())) end,
    case when go and a.silence_ms is null then nextval('lease_token_seq') end, case when go and a.silence_ms is null then $1::uuid end, case when go then now() end,
    case when a.silence_ms is not null then now() + a.silence_ms * interval '1 millisecond' end
  from allowed a
    cross join lateral (select a.silence_ms is not null
      or (a.direct and exists (select 1 from me) and not exists (select 1 from waiting w where w.priority >= a.priority)) as go) x
  where a.exclusive_key is null or not a.refuse or exists (select 1 from k where k.operation_id = a.id)
  order by a.id
  on conflict do nothing
  returning id, state, lease_token, version, created_at, run_at, deadline_at, claim_at
),
e as (
  insert into event (stream, seq, type, data, actor)
  select o.id, 1, 'queued', '{}'::jsonb, d.created_by from o join d on d.id = o.id
  union all select o.id, 2, 'started', '{"attempt": 1}'::jsonb, null from o where o.state = 'running'
),
ob as (
  insert into outbox (consumer, stream, seq, type)
  select c.consumer, o.id, case c.event_type when 'queued' then 1 else 2 end, c.event_type from o
  join unnest($2::text[], $3::text[]) c(consumer, event_type) on c.event_type = 'queued' or (c.event_type = 'started' and o.state = 'running')
)
select d.id, o.state, o.lease_token, o.version, o.created_at, o.run_at, o.deadline_at, (extract(epoch from o.claim_at) * 1000000)::bigint as claim_at_us,
  case when o.id is not null then 'started'
    when exists (select 1 from operation x where x.id = d.id or (d.idempotency_key is not null and x.owner_id = d.owner_id and x.type = d.type and x.idempotency_key = d.idempotency_key)) then 'known'
    when not exists (select 1 from allowed a where a.id = d.id) then 'overQuota'
    when d.refuse and not exists (select 1 from k where k.operation_id = d.id) then 'busy'
    else 'known' end as outcome
from d left join o on o.id = d.id order by d.ord`,
}

export interface EnqueueParams {
  readonly instanceId: string
  readonly routes: OutboxRoutes
  /** Watermarks of claiming by priority, 0 to 3, microseconds since the epoch: where to look for what waits. */
  readonly watermarks: readonly number[]
  readonly operations: readonly NewOperation[]
}

/** Answers in the order asked. */
export function enqueueOperations(executor: Executor, params: EnqueueParams): Promise<EnqueuedRow[]> {
  const rows = params.operations
  return executor.run<EnqueuedRow>(statement, [
    params.instanceId,
    params.routes.consumers,
    params.routes.eventTypes,
    rows.map((row) => row.id),
    rows.map((row) => row.type),
    rows.map((row) => row.title),
    rows.map((row) => row.priority),
    rows.map((row) => row.ownerId),
    rows.map((row) => row.tenantId),
    rows.map((row) => JSON.stringify(row.createdBy)),
    rows.map((row) => row.input),
    rows.map((row) => row.inputHash),
    rows.map((row) => (row.impact ? JSON.stringify(row.impact) : null)),
    rows.map((row) => row.maxAttempts),
    rows.map((row) => row.runAt),
    rows.map((row) => row.exclusiveKey),
    rows.map((row) => row.exclusiveKey !== null && row.refuseSecond),
    rows.map((row) => row.idempotencyKey),
    rows.map((row) => row.hasCleanup),
    rows.map((row) => row.quota),
    rows.map((row) => row.typeQuota),
    rows.map((row) => row.silenceMs),
    rows.map((row) => row.direct),
    params.watermarks,
  ])
}

export interface KnownRow {
  readonly id: string
  readonly input_hash: string | null
}

const byKey: Statement = {
  name: 'find_by_idempotency_key',
  text: `select id, input_hash from operation where owner_id = $1 and type = $2 and idempotency_key = $3`,
}

/** The operation that an owner started with this key. */
export async function findByIdempotencyKey(
  executor: Executor,
  key: { readonly ownerId: string; readonly type: string; readonly idempotencyKey: string },
): Promise<KnownRow | undefined> {
  const [row] = await executor.run<KnownRow>(byKey, [key.ownerId, key.type, key.idempotencyKey])
  return row
}

const holder: Statement = { name: 'find_key_holder', text: `select operation_id as id from exclusive_key where key = $1` }

/** Who holds an exclusive key. */
export async function findKeyHolder(executor: Executor, key: string): Promise<string | undefined> {
  const [row] = await executor.run<{ id: string }>(holder, [key])
  return row?.id
}
