import type { Executor, Statement } from '../../database/database.ts'
import type { Claimable } from '../channels.ts'

/**
 * Makes the first operation that waits for each free key claimable, and removes keys whose holder has ended or never came to be (an enqueue
 * that lost a race for its idempotency key). Run after keys were freed, and every second: a release and a claim that overlap may not see each other.
 */
const statement: Statement = {
  name: 'promote_blocked',
  text: `with stale as (
  delete from exclusive_key k where not exists (select 1 from operation o where o.id = k.operation_id and o.finished_at is null)
    and k.operation_id < $1::uuid returning k.key
),
first as (
  select distinct on (o.exclusive_key) o.id, o.priority from operation o
  where o.blocked and (not exists (select 1 from exclusive_key k where k.key = o.exclusive_key) or o.exclusive_key in (select key from stale))
  order by o.exclusive_key, o.priority desc, o.id
)
update operation o set blocked = false, claim_at = now(), updated_at = now() from first f where o.id = f.id and o.blocked returning o.priority, (extract(epoch from o.claim_at) * 1000000)::bigint as claim_at_us`,
}

/** Answers what became claimable. `olderThan`: a UUIDv7 of some seconds ago, so that keys of enqueues under way are left alone. */
export async function promoteBlocked(executor: Executor, olderThan: string): Promise<readonly Claimable[]> {
  const rows = await executor.run<{ priority: number; claim_at_us: number }>(statement, [olderThan])
  return rows.map((row) => ({ priority: row.priority, claimAtUs: row.claim_at_us }))
}
