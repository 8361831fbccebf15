import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

// The token stays: if its holder was only slow, what it found out is still welcome.
const EXPIRE_LEASES = statement(
  'delivery_expire_leases',
  `with ended as (
     select d.id from delivery d where d.lease_until < now() order by d.id for no key update skip locked limit 500
   ), expired as (
     update delivery d set
       state = case when d.again_at is not null then 'pending' else 'unknown' end, due_at = d.again_at,
       lease_token = case when d.again_at is null then d.lease_token end,
       again_at = null, lease_until = null, turn_at = null, reason = $1, sealed = null,
       attempts = case when d.again_at is not null then 0 else d.attempts end,
       finished_at = case when d.again_at is null then now() end
     from ended where d.id = ended.id returning d.destination_id
   ), known as (
     select t.id from notification_destination t where t.id in (select destination_id from expired) order by t.id for no key update of t
   ), told as (
     update notification_destination t set last_state = 'unknown', last_at = now(), last_error = $1 from known where t.id = known.id
   )
   select count(*)::integer as count from expired`,
)

export const NEXT_DUE = statement(
  'delivery_next_due',
  `select (extract(epoch from (select due_at from delivery where due_at is not null order by due_at limit 1)) * 1000 - extract(epoch from now()) * 1000)::double precision as "waitMs"`,
)

const PRUNE_DELIVERIES = statement(
  'delivery_prune',
  `with old as (select id from delivery where finished_at < now() - $1 * interval '1 millisecond' order by finished_at limit $2),
     pruned as (delete from delivery d using old where d.id = old.id returning 1)
   select count(*)::integer as count from pruned`,
)

// A destination may be removed while something is planned for it.
const PRUNE_STRAYS = statement(
  'delivery_prune_strays',
  `delete from delivery d where d.due_at < now() - interval '30 seconds'
     and not exists (select 1 from notification_destination t where t.id = d.destination_id)`,
)

// One that lies in the past means the same as none.
const PRUNE_PACES = statement(
  'delivery_prune_paces',
  `delete from delivery_pace where next_at < now() - interval '1 hour' and (closed_until is null or closed_until < now())`,
)

/** What was on its way when its process died counts as unknown; how many. */
export async function expireLeases(executor: Executor, reason: string): Promise<number> {
  const [row] = await executor.run<{ count: number }>(EXPIRE_LEASES, [reason])
  return row?.count ?? 0
}

/** Milliseconds until the next one is due, negative when it is overdue; `undefined`: there is none. */
export async function nextDue(executor: Executor): Promise<number | undefined> {
  const [row] = await executor.run<{ waitMs: number | null }>(NEXT_DUE, [])
  return row?.waitMs ?? undefined
}

export async function pruneDeliveries(executor: Executor, params: { readonly retentionMs: number; readonly limit: number }): Promise<number> {
  await executor.run(PRUNE_STRAYS, [])
  await executor.run(PRUNE_PACES, [])
  const [row] = await executor.run<{ count: number }>(PRUNE_DELIVERIES, [params.retentionMs, params.limit])
  return row?.count ?? 0
}
