import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { ChannelName } from '../../channels/channel.ts'
import type { PreferenceDefault } from '../../preferences/resolve-preference.ts'
import type { NotificationCategory, NotificationRecord } from '../../records.ts'

// Nested loops by the keys: most users have no destination, and then it ends at the first index.
const LIST_CANDIDATES = statement(
  'delivery_list_candidates',
  `select n.id as "notificationId", n.category, t.id as "destinationId", t.channel, t.user_id = '' as "isOperators",
     p.enabled as "user", te.enabled as "tenantEnabled", te.locked as "tenantLocked", ev.enabled as "everybodyEnabled", ev.locked as "everybodyLocked"
   from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as n (id, user_id, tenant_id, category)
   join notification_destination t on t.user_id = n.user_id and t.verified_at is not null and t.disabled_at is null
   left join notification_preference p on p.user_id = n.user_id and p.category = n.category and p.channel = t.channel
   left join notification_default te on te.tenant_id = n.tenant_id and te.category = n.category and te.channel = t.channel
   left join notification_default ev on ev.tenant_id = '' and ev.category = n.category and ev.channel = t.channel`,
)

interface CandidateRow {
  readonly notificationId: string
  readonly category: NotificationCategory
  readonly destinationId: string
  readonly channel: ChannelName
  readonly isOperators: boolean
  readonly user: boolean | null
  readonly tenantEnabled: boolean | null
  readonly tenantLocked: boolean | null
  readonly everybodyEnabled: boolean | null
  readonly everybodyLocked: boolean | null
}

/** A destination to which a notification could go, with what was set for its cell of the matrix. */
export interface Candidate extends Pick<CandidateRow, 'notificationId' | 'category' | 'destinationId' | 'channel' | 'isOperators'> {
  readonly user: boolean | undefined
  readonly tenant: PreferenceDefault | undefined
  readonly everybody: PreferenceDefault | undefined
}

const defaultOf = (enabled: boolean | null, locked: boolean | null): PreferenceDefault | undefined =>
  enabled === null ? undefined : { enabled, locked: locked === true, reason: null }

export async function listCandidates(executor: Executor, changed: readonly NotificationRecord[]): Promise<readonly Candidate[]> {
  const columns = [changed.map((one) => one.id), changed.map((one) => one.userId), changed.map((one) => one.tenantId), changed.map((one) => one.category)]
  const rows = await executor.run<CandidateRow>(LIST_CANDIDATES, columns)
  return rows.map(({ user, tenantEnabled, tenantLocked, everybodyEnabled, everybodyLocked, ...row }) => ({
    ...row,
    user: user ?? undefined,
    tenant: defaultOf(tenantEnabled, tenantLocked),
    everybody: defaultOf(everybodyEnabled, everybodyLocked),
  }))
}

// One row per notification and destination. While it waits an edit only changes what it will say, so that ten edits within the grace time are one
// message; a more urgent edit makes it due earlier. What waits for its turn, or after a failure, keeps its place. What is on its way is sent again
// afterwards; what was done begins anew. Ordered, so that two writers never wait for each other crosswise.
export const PLAN_DELIVERIES = statement(
  'delivery_plan',
  `insert into delivery as d (id, purpose, notification_id, destination_id, version, version_at, due_at)
   select id, 'notification', notification_id, destination_id, version, version_at, now() + wait_ms * interval '1 millisecond'
   from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::timestamptz[], $6::integer[])
     as p (id, notification_id, destination_id, version, version_at, wait_ms)
   order by notification_id, destination_id
   on conflict (notification_id, destination_id) where notification_id is not null do update set
     version = excluded.version,
     version_at = excluded.version_at,
     state = case when d.state in ('pending', 'held', 'sending') then d.state else 'pending' end,
     due_at = case
       when d.state = 'sending' then null
       when d.state = 'held' then case when excluded.due_at <= now() then now() else d.due_at end
       when d.state = 'pending' then case when d.attempts = 0 and d.turn_at is null then least(d.due_at, excluded.due_at) else d.due_at end
       else excluded.due_at end,
     again_at = case when d.state = 'sending' then excluded.due_at end,
     attempts = case when d.state in ('pending', 'held', 'sending') then d.attempts else 0 end,
     lease_token = case when d.state = 'sending' then d.lease_token end,
     finished_at = null
   where excluded.version > d.version`,
)

export interface PlannedDelivery {
  readonly id: string
  readonly notificationId: string
  readonly destinationId: string
  readonly version: number
  readonly versionAt: Date
  readonly waitMs: number
}

export async function planDeliveries(executor: Executor, planned: readonly PlannedDelivery[]): Promise<void> {
  await executor.run(PLAN_DELIVERIES, [
    planned.map((one) => one.id),
    planned.map((one) => one.notificationId),
    planned.map((one) => one.destinationId),
    planned.map((one) => one.version),
    planned.map((one) => one.versionAt),
    planned.map((one) => one.waitMs),
  ])
}
