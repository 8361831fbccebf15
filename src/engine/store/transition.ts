import { lifecycle, OPERATION_STATES, TRIGGERS, type Trigger, VARIANTS } from '../lifecycle.ts'

/**
 * The one place where a change of state becomes SQL. Every statement that moves operations (settle, control, rescue, expire) locks
 * its rows in a CTE `l` and appends `TRANSITION_SQL`, which joins the lifecycle table (sent as parameters, so that it exists once, in
 * `lifecycle.ts`), updates the rows, appends the events and the outbox rows, notes ends for the metrics, and frees exclusive keys.
 *
 * `l` has the columns id, from_state, variant, trigger, token, result, failure, reason, delay_ms, deadline_ms, elapsed_ms, units, data, actor, request.
 * Rows are locked by `l` before the join, because a row that changed while we waited for its lock must be looked up in its new state.
 */
const ALL_TRANSITIONS = VARIANTS.flatMap((variant) =>
  OPERATION_STATES.flatMap((state) =>
    TRIGGERS.flatMap((trigger) => {
      const outcome = lifecycle(variant)[state][trigger]
      return typeof outcome === 'string' ? [] : [{ variant, state, trigger, ...outcome }]
    }),
  ),
)

/** A durable consumer's interest in one type of event, as the statements see it. */
export interface OutboxRoutes {
  readonly consumers: readonly string[]
  readonly eventTypes: readonly string[]
}

/** Parameters $1 to $7 of every statement that ends in `TRANSITION_SQL`. Only the triggers that occur: each row is compared with each transition. */
export function transitionValues(routes: OutboxRoutes, triggers: ReadonlySet<Trigger>): readonly unknown[] {
  const rows = ALL_TRANSITIONS.filter((row) => triggers.has(row.trigger))
  return [
    rows.map((row) => row.variant),
    rows.map((row) => row.state),
    rows.map((row) => row.trigger),
    rows.map((row) => row.to),
    rows.map((row) => row.event),
    routes.consumers,
    routes.eventTypes,
  ]
}

/** Which variant of the lifecycle a row follows; `o` is the operation. */
export const VARIANT_SQL = `case when o.silence_ms is not null then 'elsewhere' when o.has_cleanup then 'cleanup' else 'plain' end`

export const TRANSITION_SQL = `
t as (
  select l.*, x.to_state, x.event
  from l join unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) x(variant, from_state, trigger, to_state, event)
    on x.variant = l.variant and x.from_state = l.from_state and x.trigger = l.trigger
),
u as (
  update operation o set
    state = t.to_state,
    version = o.version + case when t.event is null then 0 else 1 end,
    result = case when t.to_state = 'completed' then t.result when t.trigger = 'retry' then null else o.result end,
    failure = case when t.failure is not null then t.failure when t.to_state = 'completed' or t.trigger = 'retry' then null else o.failure end,
    -- A pause or a cancel keeps who asked for it, and why, when it comes true.
    state_reason = case
      when t.trigger <> 'cancel' and t.from_state in ('pausing', 'canceling') and t.to_state in ('paused', 'canceling', 'canceled') and o.state_reason is not null
        then o.state_reason || jsonb_build_object('since', now())
      when t.reason is not null then t.reason || jsonb_build_object('since', now()) end,
    failures = case when t.trigger in ('fail', 'failForNow') then o.failures + 1 when t.trigger = 'retry' then 0 else o.failures end,
    attempt = case when t.trigger = 'retry' then 0 else o.attempt end,
    rescues = case when t.trigger = 'rescue' then o.rescues + 1 when t.trigger in ('retry', 'failForNow') then 0 else o.rescues end,
    claim_at = case
      when t.to_state = 'queued' and t.trigger = 'retry' then now()
      when t.to_state = 'queued' then greatest(now(), o.run_at)
      when t.to_state = 'retrying' then now() + t.delay_ms * interval '1 millisecond'
      when t.to_state = 'canceling' and (t.trigger <> 'cancel' or o.lease_token is null) then now()
    end,
    blocked = false,
    run_at = case when t.trigger = 'retry' then now() else o.run_at end,
    next_attempt_at = case when t.to_state = 'retrying' then now() + t.delay_ms * interval '1 millisecond' end,
    lease_token = case when t.to_state in ('pausing', 'canceling') and t.trigger in ('pause', 'cancel') then o.lease_token end,
    lease_instance = case when t.to_state in ('pausing', 'canceling') and t.trigger in ('pause', 'cancel') then o.lease_instance end,
    settled_token = coalesce(t.token, o.settled_token),
    last_request = coalesce(t.request, o.last_request),
    deadline_at = case when t.to_state in ('pausing', 'canceling') and t.trigger in ('pause', 'cancel') and o.lease_token is not null
      then now() + t.deadline_ms * interval '1 millisecond' end,
    ending = case when t.trigger = 'rescue' and t.failure is not null then 'failed' when t.trigger = 'rescue' then o.ending end,
    worked_ms = case when t.trigger = 'retry' then 0 else o.worked_ms + t.elapsed_ms end,
    attempt_ms = case when t.trigger in ('fail', 'failForNow', 'retry') then 0 else o.attempt_ms + t.elapsed_ms end,
    started_at = case when t.trigger = 'retry' then null else o.started_at end,
    finished_at = case when t.to_state in ('completed', 'failed', 'canceled') then now() end,
    updated_at = now()
  from t where o.id = t.id
  returning o.id, o.version, o.state, o.owner_id, o.type, o.priority, o.lease_instance, o.lease_token, o.claim_at, o.exclusive_key, o.finished_at,
    o.worked_ms, o.attempt, o.run_at, o.started_at, o.impact is not null as affects, t.from_state, t.variant, t.elapsed_ms, t.units, t.event, t.data, t.actor
),
e as (
  insert into event (stream, seq, type, data, actor)
  select u.id, u.version, u.event, coalesce(u.data, '{}'::jsonb), u.actor from u where u.event is not null
),
ob as (
  insert into outbox (consumer, stream, seq, type)
  select c.consumer, u.id, u.version, u.event from u join unnest($6::text[], $7::text[]) c(consumer, event_type) on c.event_type = u.event
),
-- Each end is counted once, with the figures of this moment: a retry may end it again, differently. See roll-up-ends.ts.
en as (
  insert into operation_end (type, owner_id, outcome, ended_at, duration_ms, unit_us, wait_ms, retries)
  select u.type, u.owner_id, u.state, u.finished_at, d.ms, case when d.ms is not null then round(u.elapsed_ms * 1000.0 / nullif(u.units, 0)) end,
    case when u.started_at is not null then greatest(round(extract(epoch from u.started_at - u.run_at) * 1000), 0) end, greatest(u.attempt - 1, 0)
  from u cross join lateral (select case when u.state = 'completed' then
    case when u.variant = 'elsewhere' then round(extract(epoch from u.finished_at - u.started_at) * 1000) else u.worked_ms end end as ms) d
  where u.finished_at is not null
),
k as (
  delete from exclusive_key x using u where u.exclusive_key is not null and u.finished_at is not null and x.key = u.exclusive_key and x.operation_id = u.id
)`

/** What a moved operation tells its caller; enough for the hints that follow the commit. */
export interface MovedRow {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly from_state: string
  readonly owner_id: string
  readonly type: string
  readonly priority: number
  readonly lease_instance: string | null
  readonly exclusive_key: string | null
  /** It has ended. A flag, not the instant: reading dates is what costs most in an answer. */
  readonly finished: boolean
  /** It has an impact of its own, beside that of its definition. */
  readonly affects: boolean
  /** From when it may be claimed, microseconds since the epoch; null: not claimable. */
  readonly claim_at_us: number | null
  readonly worked_ms: number
}

export const MOVED_COLUMNS = `u.id, u.version, u.state, u.from_state, u.owner_id, u.type, u.priority, u.lease_instance, u.exclusive_key, u.finished_at is not null as finished, u.worked_ms, u.affects,
  (extract(epoch from u.claim_at) * 1000000)::bigint as claim_at_us`
