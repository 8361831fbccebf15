import type { Actor } from '../../base/actor.ts'
import type { Json } from '../../base/json.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { OperationState } from '../lifecycle.ts'
import type { Failure } from '../records.ts'
import { MOVED_COLUMNS, type MovedRow, type OutboxRoutes, TRANSITION_SQL, transitionValues, VARIANT_SQL } from './transition.ts'

export interface ControlParams {
  readonly id: string
  /** Id of this request: repeating it after a lost answer is recognised. */
  readonly request: string
  readonly trigger: 'pause' | 'resume' | 'cancel' | 'retry' | 'complete' | 'fail'
  readonly actor: Actor
  readonly reason: { readonly code: string; readonly message: string; readonly actor: Actor; readonly until?: string } | null
  readonly expectedState: OperationState | null
  /** How long a running handler may take to end, milliseconds. */
  readonly deadlineMs: number
  readonly data: Json
  /** For `retry`. */
  readonly retryFrom: 'last_step' | 'failed_items' | 'start'
  readonly result?: Json | null
  readonly failure?: Failure | null
}

export interface ControlRow extends Partial<MovedRow> {
  readonly found: boolean
  /** True: this very request was applied before. */
  readonly repeated: boolean
  readonly state_before: OperationState
  readonly moved: boolean
}

/**
 * A person's (or, for work that runs elsewhere, its service's) wish, applied if the lifecycle allows it in the state that the row has under
 * its lock. A retry forgets what it is to do again in the same statement: everything (start), or the failed items with the steps
 * that work through them and the steps after those (failed_items). Completed operations are retried only for failed items.
 */
const statement: Statement = {
  name: 'control_operation',
  text: `with found as (
  select o.id, o.state, o.last_request, o.silence_ms, o.has_cleanup from operation o where o.id = $8::uuid for no key update
),
l as (
  select o.id, o.state as from_state, ${VARIANT_SQL} as variant, $10::text as trigger, null::bigint as token, $15::jsonb as result, $16::jsonb as failure,
    $11::jsonb as reason, 0::float8 as delay_ms, $13::float8 as deadline_ms, 0::bigint as elapsed_ms, null::bigint as units, $14::jsonb as data, $17::jsonb as actor, $9::uuid as request
  from found o
  where o.last_request is distinct from $9::uuid and ($12::text is null or o.state = $12)
    and ($10 not in ('complete', 'fail') or o.silence_ms is not null)
    and ($10 <> 'retry' or o.state <> 'completed'
      or ($18 = 'failed_items' and exists (select 1 from operation_item i where i.operation_id = o.id and i.state = 'failed')))
),${TRANSITION_SQL},
again as (
  select distinct i.step from operation_item i join u on u.id = i.operation_id where $10 = 'retry' and $18 = 'failed_items' and i.state = 'failed'
),
s as (
  delete from operation_step x using u
  where x.operation_id = u.id and $10 = 'retry'
    and ($18 = 'start' or ($18 = 'failed_items' and (x.name in (select step from again)
      or x.started_at > (select min(y.started_at) from operation_step y where y.operation_id = u.id and y.name in (select step from again)))))
),
i as (
  delete from operation_item x using u where x.operation_id = u.id and $10 = 'retry' and $18 = 'start'
),
f as (
  update operation_item x set state = 'pending', error_code = null, error_message = null, updated_at = now()
  from u where x.operation_id = u.id and $10 = 'retry' and $18 = 'failed_items' and x.state = 'failed'
),
p as (
  update operation_progress x set revision = revision + 1000, succeeded = case when $18 = 'start' then 0 else succeeded end, failed = 0,
    skipped = case when $18 = 'start' then 0 else skipped end, message = null, rate_per_second = null, moved_at = now(), updated_at = now()
  from u where x.operation_id = u.id and $10 = 'retry' and $18 <> 'last_step'
)
select true as found, f.last_request is not distinct from $9::uuid as repeated, f.state as state_before, u.id is not null as moved, ${MOVED_COLUMNS}
from found f left join u on u.id = f.id`,
}

/** Applies a wish to one operation; `undefined` when there is no such operation. */
export async function controlOperation(executor: Executor, routes: OutboxRoutes, params: ControlParams): Promise<ControlRow | undefined> {
  const [row] = await executor.run<ControlRow>(statement, [
    ...transitionValues(routes, new Set([params.trigger])),
    params.id,
    params.request,
    params.trigger,
    params.reason === null ? null : JSON.stringify(params.reason),
    params.expectedState,
    params.deadlineMs,
    JSON.stringify(params.data),
    params.result === undefined || params.result === null ? null : JSON.stringify(params.result),
    params.failure ? JSON.stringify(params.failure) : null,
    JSON.stringify(params.actor),
    params.retryFrom,
  ])
  return row
}
