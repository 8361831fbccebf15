import type { Json } from '../../base/json.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { OperationEventType } from '../lifecycle.ts'
import type { StepState } from '../records.ts'
import type { OutboxRoutes } from './transition.ts'

/** One write of a run: a change of a step, an event, or both. */
export interface RunWrite {
  readonly id: string
  readonly token: number
  /** 1, 2, 3 … within one lease; how a repeated write is recognised. */
  readonly writeNo: number
  readonly step?: {
    readonly name: string
    readonly state: StepState
    readonly result?: Json | undefined
    readonly checkpoint?: Json | undefined
    readonly message?: string | undefined
  }
  readonly event?: { readonly type: OperationEventType; readonly data: Json }
}

export interface WrittenRow {
  /** False: the run had lost the operation, and nothing was written. */
  readonly owned: boolean
  readonly owner_id: string | null
  /** Version after the flush. */
  readonly version: number | null
}

/**
 * Writes of many runs in one statement; several of one operation share one change of its row (version + n, sequence numbers by row number).
 * Rows are locked in the order of their ids. A write that was applied before a lost answer is skipped and reported as owned.
 */
const statement: Statement = {
  name: 'write_runs',
  text: `with d as (
  select * from unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::text[], $9::text[], $10::jsonb[])
    with ordinality d(id, token, write_no, step, step_state, result, checkpoint, message, event, data, ord)
),
l as (
  select o.id, o.version, o.write_no, o.owner_id from operation o where exists (select 1 from d where d.id = o.id and d.token = o.lease_token)
  order by o.id for no key update
),
n as (
  select d.*, l.version + count(d.event) over (partition by d.id order by d.write_no) as seq
  from d join l on l.id = d.id and d.write_no > l.write_no
),
u as (
  update operation o set version = o.version + x.events, write_no = x.last, rescues = case when x.forward then 0 else o.rescues end, updated_at = now()
  from (select id, count(event)::int as events, max(write_no) as last, bool_or(checkpoint is not null or step_state = 'completed') as forward from n group by id) x
  where o.id = x.id
  returning o.id, o.version
),
e as (
  insert into event (stream, seq, type, data) select id, seq, event, data from n where event is not null
),
ob as (
  insert into outbox (consumer, stream, seq, type)
  select r.consumer, n.id, n.seq, n.event from n join unnest($11::text[], $12::text[]) r(consumer, event_type) on r.event_type = n.event
),
s as (
  insert into operation_step as x (operation_id, name, state, result, checkpoint, message, started_at, finished_at)
  select distinct on (id, step) id, step, step_state, result, checkpoint, message, now(), case when step_state in ('completed', 'failed') then now() end
  from n where step is not null order by id, step, write_no desc
  on conflict (operation_id, name) do update set state = excluded.state, result = coalesce(excluded.result, x.result),
    checkpoint = coalesce(excluded.checkpoint, x.checkpoint), message = coalesce(excluded.message, x.message), finished_at = excluded.finished_at
)
select l.id is not null as owned, l.owner_id, coalesce(u.version, l.version) as version
from d left join l on l.id = d.id left join u on u.id = d.id order by d.ord`,
}

const textOf = (value: Json | undefined): string | null => (value === undefined ? null : JSON.stringify(value))

/** Answers in the order asked. */
export function writeRuns(executor: Executor, routes: OutboxRoutes, writes: readonly RunWrite[]): Promise<WrittenRow[]> {
  return executor.run<WrittenRow>(statement, [
    writes.map((write) => write.id),
    writes.map((write) => write.token),
    writes.map((write) => write.writeNo),
    writes.map((write) => write.step?.name ?? null),
    writes.map((write) => write.step?.state ?? null),
    writes.map((write) => textOf(write.step?.result)),
    writes.map((write) => textOf(write.step?.checkpoint)),
    writes.map((write) => write.step?.message ?? null),
    writes.map((write) => write.event?.type ?? null),
    writes.map((write) => textOf(write.event?.data)),
    routes.consumers,
    routes.eventTypes,
  ])
}
