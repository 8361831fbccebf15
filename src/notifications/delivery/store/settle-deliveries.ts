import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

// A row whose lease is another one by now is left alone. Also one that counts as unknown already takes the outcome: nobody sent it again.
// Rows and destinations are locked in one order, so that instances never wait for each other crosswise.
export const SETTLE_DELIVERIES = statement(
  'delivery_settle',
  `with outcome as (
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::double precision[], $6::boolean[])
       as o (token, state, reason, reference, wait_ms, disables)
   ), locked as (
     select d.id, o.* from outcome o join delivery d on d.lease_token = o.token order by d.id for no key update of d
   ), settled as (
     update delivery d set
       state = case when d.again_at is not null then 'pending' else o.state end,
       due_at = case when d.again_at is not null then d.again_at when o.state in ('pending', 'held') then now() + o.wait_ms * interval '1 millisecond' end,
       again_at = null, turn_at = null, lease_token = null, lease_until = null, sending_category = null,
       attempts = case when d.again_at is not null then 0 else d.attempts end,
       reference = case when o.state = 'delivered' then o.reference else d.reference end,
       sent_category = case when o.state = 'delivered' then coalesce(d.sending_category, d.sent_category) else d.sent_category end,
       reason = o.reason,
       sealed = case when o.state in ('pending', 'held') then d.sealed end,
       finished_at = case when d.again_at is null and o.state not in ('pending', 'held') then now() end
     from locked o where d.id = o.id
     returning d.destination_id, o.token, o.state, o.reason, o.disables
   ), last as (
     select distinct on (destination_id) * from settled order by destination_id, token desc
   ), known as (
     select t.id, l.state, l.reason, l.disables from last l join notification_destination t on t.id = l.destination_id order by t.id for no key update of t
   ), told as (
     update notification_destination t set
       last_state = case k.state when 'held' then 'pending' else k.state end, last_at = now(), last_error = k.reason,
       disabled_at = case when k.disables then now() when k.state = 'delivered' then null else t.disabled_at end,
       disabled_reason = case when k.disables then k.reason when k.state = 'delivered' then null else t.disabled_reason end
     from known k where t.id = k.id
   )
   select distinct token from settled`,
)

export interface Outcome {
  readonly token: string
  /** pending, held: tried again after `waitMs`. */
  readonly state: 'delivered' | 'failed' | 'unknown' | 'pending' | 'held'
  readonly reason: string | null
  readonly reference: string | null
  readonly waitMs: number
  readonly disables: boolean
}

/** False for those whose lease was another's by then. */
export async function settleDeliveries(executor: Executor, outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
  const rows = await executor.run<{ token: string }>(SETTLE_DELIVERIES, [
    outcomes.map((one) => one.token),
    outcomes.map((one) => one.state),
    outcomes.map((one) => one.reason),
    outcomes.map((one) => one.reference),
    outcomes.map((one) => one.waitMs),
    outcomes.map((one) => one.disables),
  ])
  const settled = new Set(rows.map(({ token }) => token))
  return outcomes.map(({ token }) => settled.has(token))
}
