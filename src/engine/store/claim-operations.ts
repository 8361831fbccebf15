import type { Actor } from '../../base/actor.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Database, Statement } from '../../database/database.ts'
import type { OutboxRoutes } from './transition.ts'

/** Where claiming one priority goes on: after the last claimed (claim_at, id). */
export interface Watermark {
  /** Microseconds since the epoch, database clock; exact, as PostgreSQL counts in microseconds. */
  readonly claimAtUs: number
  readonly id: string
}

export const FROM_THE_START: Watermark = { claimAtUs: 0, id: '00000000-0000-0000-0000-000000000000' }

export interface ClaimedRow {
  readonly id: string
  readonly type: string
  readonly input: JsonObject
  readonly owner_id: string
  readonly tenant_id: string | null
  readonly created_by: Actor
  readonly state: 'running' | 'canceling'
  readonly ending: 'failed' | null
  readonly priority: number
  readonly version: number
  readonly attempt: number
  readonly failures: number
  readonly max_attempts: number
  readonly claims: number
  readonly lease_token: number
  readonly attempt_ms: number
  readonly failure: JsonObject | null
  /** When it was claimable from, microseconds since the epoch. */
  readonly claim_at_us: number
}

const range = (priority: number, timeParam: number, idParam: number, limit: string): string => `
c${priority} as (
  select o.id, o.claim_at, o.exclusive_key from operation o
  where o.priority = ${priority} and o.claim_at is not null and o.claim_at <= now() and (o.claim_at, o.id) > (timestamptz 'epoch' + $${timeParam}::float8 * interval '1 microsecond', $${idParam}::uuid)
    and o.type = any($3::text[]) and exists (select 1 from me)
  order by o.claim_at, o.id limit ${limit} for no key update skip locked
),`

/**
 * Claims what is due, highest priority first, oldest first, for an instance that is still registered; takes the exclusive keys, and sets those
 * whose key is held aside (`blocked`), out of the claim index. Plan: for each priority an ordered Index Scan of operation_claim_idx that starts at the
 * watermark, so that entries of finished operations which vacuum can't remove yet (a long reader) are not walked again by every claim.
 */
export const CLAIM_STATEMENT: Statement = {
  name: 'claim_operations',
  text: `with me as (select id from instance where id = $2::uuid for key share),
${range(3, 12, 13, '$1')}${range(2, 10, 11, 'greatest(0, $1 - (select count(*) from c3))')}${range(1, 8, 9, 'greatest(0, $1 - (select count(*) from c3) - (select count(*) from c2))')}${range(0, 6, 7, 'greatest(0, $1 - (select count(*) from c3) - (select count(*) from c2) - (select count(*) from c1))')}
c as (select * from c3 union all select * from c2 union all select * from c1 union all select * from c0),
k as (
  insert into exclusive_key as x (key, operation_id)
  select distinct on (exclusive_key) exclusive_key, id from c where exclusive_key is not null order by exclusive_key, claim_at, id
  on conflict (key) do update set key = excluded.key
  returning x.key, x.operation_id
),
g as (
  select c.id, c.claim_at, c.exclusive_key is null or k.operation_id = c.id as granted
  from c left join k on k.key = c.exclusive_key
),
b as (
  update operation o set claim_at = null, blocked = true, updated_at = now() from g where not g.granted and o.id = g.id returning o.id
),
u as (
  update operation o set
    state = case when o.state = 'canceling' then 'canceling' else 'running' end,
    version = o.version + case when o.state = 'canceling' then 0 else 1 end,
    attempt = case when o.state = 'canceling' then o.attempt else o.failures + 1 end,
    claims = o.claims + 1, claim_at = null, next_attempt_at = null, state_reason = case when o.state = 'canceling' then o.state_reason end,
    lease_token = nextval('lease_token_seq'), lease_instance = $2::uuid, write_no = 0,
    started_at = coalesce(o.started_at, now()), updated_at = now()
  from g where g.granted and o.id = g.id
  returning o.id, o.type, o.input, o.owner_id, o.tenant_id, o.created_by, o.state, o.ending, o.priority, o.version, o.attempt, o.failures, o.max_attempts,
    o.claims, o.lease_token, o.attempt_ms, o.failure, g.claim_at
),
e as (
  insert into event (stream, seq, type, data)
  select id, version, 'started', jsonb_build_object('attempt', attempt) from u where state = 'running'
),
ob as (
  insert into outbox (consumer, stream, seq, type)
  select r.consumer, u.id, u.version, 'started' from u join unnest($4::text[], $5::text[]) r(consumer, event_type) on r.event_type = 'started' and u.state = 'running'
)
select id, type, input, owner_id, tenant_id, created_by, state, ending, priority, version, attempt, failures, max_attempts, claims, lease_token, attempt_ms,
  failure, (extract(epoch from claim_at) * 1000000)::bigint as claim_at_us from u`,
}

export interface ClaimParams {
  readonly limit: number
  readonly instanceId: string
  readonly types: readonly string[]
  /** By priority, 0 to 3. */
  readonly watermarks: readonly Watermark[]
}

export function claimOperations(database: Database, routes: OutboxRoutes, params: ClaimParams): Promise<ClaimedRow[]> {
  return database.runOrdered<ClaimedRow>(CLAIM_STATEMENT, [
    params.limit,
    params.instanceId,
    params.types,
    routes.consumers,
    routes.eventTypes,
    ...params.watermarks.flatMap((watermark) => [watermark.claimAtUs, watermark.id]),
  ])
}

const nextStatement: Statement = {
  name: 'next_claim',
  text: `select min(wait) as wait_ms from unnest(array[0, 1, 2, 3]) p(priority) cross join lateral (
    select (extract(epoch from o.claim_at - now()) * 1000)::float8 as wait from operation o
    where o.priority = p.priority and o.claim_at is not null and o.claim_at > now() order by o.claim_at, o.id limit 1) n`,
}

/** Milliseconds until the next delayed operation is due; `undefined` when none waits. */
export async function nextClaimInMs(database: Database): Promise<number | undefined> {
  const [row] = await database.runOrdered<{ wait_ms: number | null }>(nextStatement, [])
  return row?.wait_ms ?? undefined
}
