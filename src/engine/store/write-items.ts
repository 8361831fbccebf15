import type { Json } from '../../base/json.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { ItemState } from '../run.ts'
import type { OutboxRoutes } from './transition.ts'
import type { WrittenRow } from './write-runs.ts'

/** The intent to handle an item (`started`), or its outcome. */
export interface ItemWrite {
  readonly id: string
  readonly token: number
  readonly step: string
  readonly key: string
  readonly state: Exclude<ItemState, 'pending'>
  readonly lane: number
  readonly data?: Json | undefined
  readonly errorCode?: string | undefined
  readonly errorMessage?: string | undefined
}

/**
 * Intents and outcomes of many items of many runs in one statement. Outcomes of one operation and flush share one `items_settled` event.
 * A settled item is never changed again, so that repeating the statement after a lost answer changes nothing.
 */
const statement: Statement = {
  name: 'write_items',
  text: `with d as (
  select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::jsonb[], $8::text[], $9::text[])
    with ordinality d(id, token, step, key, state, lane, data, error_code, error_message, ord)
),
l as (
  select o.id, o.version, o.owner_id from operation o where exists (select 1 from d where d.id = o.id and d.token = o.lease_token)
  order by o.id for no key update
),
i as (
  update operation_item x set state = d.state, lane = d.lane, data = coalesce(d.data, x.data), error_code = d.error_code, error_message = d.error_message,
    attempts = x.attempts + case when d.state = 'started' then 1 else 0 end, updated_at = now()
  from d join l on l.id = d.id
  where x.operation_id = d.id and x.key = d.key and x.state in ('pending', 'started')
  returning x.operation_id, x.step, x.position, x.key, x.state, x.lane, x.data, x.error_code, x.error_message
),
s as (
  select operation_id, jsonb_build_object('step', min(step), 'items', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', key, 'state', state, 'lane', lane,
    'data', data, 'errorCode', error_code, 'errorMessage', error_message)) order by position)) as data
  from i where state <> 'started' group by operation_id
),
u as (
  update operation o set version = o.version + 1, rescues = 0, updated_at = now() from s where o.id = s.operation_id returning o.id, o.version, s.data
),
e as (insert into event (stream, seq, type, data) select id, version, 'items_settled', data from u),
ob as (
  insert into outbox (consumer, stream, seq, type)
  select r.consumer, u.id, u.version, 'items_settled' from u join unnest($10::text[], $11::text[]) r(consumer, event_type) on r.event_type = 'items_settled'
)
select l.id is not null as owned, l.owner_id, coalesce(u.version, l.version) as version from d left join l on l.id = d.id left join u on u.id = d.id order by d.ord`,
}

/** Answers in the order asked. */
export function writeItems(executor: Executor, routes: OutboxRoutes, writes: readonly ItemWrite[]): Promise<WrittenRow[]> {
  return executor.run<WrittenRow>(statement, [
    writes.map((write) => write.id),
    writes.map((write) => write.token),
    writes.map((write) => write.step),
    writes.map((write) => write.key),
    writes.map((write) => write.state),
    writes.map((write) => write.lane),
    writes.map((write) => (write.data === undefined ? null : JSON.stringify(write.data))),
    writes.map((write) => write.errorCode ?? null),
    writes.map((write) => write.errorMessage ?? null),
    routes.consumers,
    routes.eventTypes,
  ])
}

/**
 * Enters the items of a list that are not known yet, and marks as unknown what an earlier run began without writing an outcome: nobody can
 * tell whether it happened. Only for the run that owns the operation.
 */
const plan: Statement = {
  name: 'plan_items',
  text: `with l as (select id from operation where id = $1::uuid and lease_token = $2 for no key update),
i as (
  insert into operation_item (operation_id, key, position, step, state)
  select l.id, d.key, d.position, $3, 'pending' from l cross join unnest($4::text[], $5::int[]) d(key, position)
  on conflict (operation_id, key) do nothing
)
select id from l`,
}

const doubt: Statement = {
  name: 'doubt_items',
  text: `update operation_item x set state = 'unknown', updated_at = now() from operation o
where o.id = $1::uuid and o.lease_token = $2 and x.operation_id = o.id and x.step = $3 and x.state = 'started'`,
}

const states: Statement = {
  name: 'read_item_states',
  text: `select key, state from operation_item where operation_id = $1::uuid and step = $2 order by position`,
}

export interface PlanParams {
  readonly id: string
  readonly token: number
  readonly step: string
  readonly keys: readonly string[]
  /** Position of the first key. */
  readonly from: number
}

/** False: the run has lost the operation. */
export async function planItems(executor: Executor, params: PlanParams): Promise<boolean> {
  const rows = await executor.run(plan, [params.id, params.token, params.step, params.keys, params.keys.map((_, index) => params.from + index)])
  return rows.length > 0
}

export async function doubtItems(executor: Executor, params: { readonly id: string; readonly token: number; readonly step: string }): Promise<void> {
  await executor.run(doubt, [params.id, params.token, params.step])
}

export async function readItemStates(executor: Executor, params: { readonly id: string; readonly step: string }): Promise<ReadonlyMap<string, ItemState>> {
  const rows = await executor.run<{ key: string; state: ItemState }>(states, [params.id, params.step])
  return new Map(rows.map((row) => [row.key, row.state]))
}
