import type { Executor, Statement } from '../../database/database.ts'
import { MOVED_COLUMNS, type MovedRow, type OutboxRoutes, TRANSITION_SQL, transitionValues, VARIANT_SQL } from './transition.ts'

/**
 * Ends what nobody ended in time: a pause or a cancel whose worker doesn't answer (the run is fenced off), and work elsewhere that fell silent.
 * Workers act at the deadline itself; this is for those that don't, so it waits for a grace on top, except for silence.
 */
const statement: Statement = {
  name: 'expire_deadlines',
  text: `with due as (
  select o.* from operation o
  where o.deadline_at is not null and o.deadline_at <= now() - case when o.silence_ms is null then $8::float8 else 0 end * interval '1 millisecond'
  order by o.id limit 500 for no key update skip locked
),
l as (
  select o.id, o.state as from_state, ${VARIANT_SQL} as variant, 'overdue'::text as trigger, o.lease_token as token, null::jsonb as result,
    case when o.silence_ms is not null then jsonb_build_object('code', 'SILENT',
      'message', 'Nothing was reported for ' || round(o.silence_ms / 1000.0) || ' s. Check the service that runs it.', 'retryable', false, 'at', now()) end as failure,
    case when o.state = 'pausing' then jsonb_build_object('code', 'PAUSED', 'message', 'Paused; its worker did not answer in time.', 'actor', o.state_reason -> 'actor')
      when o.state = 'canceling' then o.state_reason end as reason,
    0::float8 as delay_ms, 0::float8 as deadline_ms, 0::bigint as elapsed_ms, null::bigint as units, jsonb_build_object('reason', 'deadline') as data, null::jsonb as actor, null::uuid as request
  from due o
),${TRANSITION_SQL}
select ${MOVED_COLUMNS} from u`,
}

const OVERDUE = new Set(['overdue'] as const)

export const expireDeadlines = (executor: Executor, routes: OutboxRoutes, graceMs: number): Promise<MovedRow[]> =>
  executor.run<MovedRow>(statement, [...transitionValues(routes, OVERDUE), graceMs])
