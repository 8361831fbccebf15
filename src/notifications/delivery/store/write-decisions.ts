import type { Transaction } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

// The intent: committed before anything is sent. Whoever dies afterwards leaves a lease that ends, and then the outcome is unknown.
const WRITE_DECISIONS = statement(
  'delivery_write_decisions',
  `with w as (
     select * from unnest($1::uuid[], $2::text[], $3::double precision[], $4::double precision[], $5::text[], $6::uuid[], $7::text[])
       as w (id, state, due_at_ms, turn_at_ms, reason, lease_token, category)
   ), told as (
     update notification_destination t set last_state = 'failed', last_at = now(), last_error = w.reason
     from w, delivery d where d.id = w.id and t.id = d.destination_id and (w.state = 'failed' or (w.state = 'skipped' and d.purpose <> 'notification'))
   )
   update delivery d set
     state = w.state,
     due_at = to_timestamp(w.due_at_ms / 1000.0),
     turn_at = to_timestamp(w.turn_at_ms / 1000.0),
     reason = w.reason,
     lease_token = w.lease_token,
     lease_until = case when w.lease_token is not null then now() + $8 * interval '1 millisecond' end,
     sending_category = w.category,
     attempts = d.attempts + case when w.lease_token is not null then 1 else 0 end,
     finished_at = case when w.state in ('skipped', 'failed') then now() end
   from w where d.id = w.id`,
)

export interface WrittenDecision {
  readonly id: string
  readonly state: 'pending' | 'held' | 'sending' | 'skipped' | 'failed'
  readonly dueAtMs: number | null
  readonly turnAtMs: number | null
  readonly reason: string | null
  readonly leaseToken: string | null
  readonly category: string | null
}

export async function writeDecisions(transaction: Transaction, decisions: readonly WrittenDecision[], leaseMs: number): Promise<void> {
  await transaction.run(WRITE_DECISIONS, [
    decisions.map((one) => one.id),
    decisions.map((one) => one.state),
    decisions.map((one) => one.dueAtMs),
    decisions.map((one) => one.turnAtMs),
    decisions.map((one) => one.reason),
    decisions.map((one) => one.leaseToken),
    decisions.map((one) => one.category),
    leaseMs,
  ])
}
