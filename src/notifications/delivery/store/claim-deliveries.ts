import type { Transaction } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { ChannelName } from '../../channels/channel.ts'
import type { QuietHours } from '../../preferences/quiet-hours.ts'
import type { PreferenceDefault } from '../../preferences/resolve-preference.ts'
import type { NotificationRecord } from '../../records.ts'
import { NOTIFICATION_COLUMNS } from './notification-columns.ts'

const COLUMNS = `d.id, d.purpose, d.notification_id as "notificationId", d.destination_id as "destinationId", d.version, d.version_at as "versionAt", d.state,
  d.turn_at is not null as "hasTurn", d.attempts, d.sent_category as "sentCategory", d.reference, d.sealed,
  t.user_id as "userId", t.channel, t.address, t.secrets, t.verified_at is not null as "isVerified", t.disabled_at is not null as "isDisabled"`

// An ordered walk of delivery_due_idx. The destination is locked too: of two instances one decides at a time what goes there, so that a digest is one.
// "<=", because on the embedded database consecutive statements share an instant.
export const CLAIM_DELIVERIES = statement(
  'delivery_claim',
  `select ${COLUMNS} from delivery d join notification_destination t on t.id = d.destination_id
   where d.due_at <= now() order by d.due_at limit $1 for no key update of d, t skip locked`,
)

// The others that were held for the same destinations, which are locked already.
export const CLAIM_HELD = statement(
  'delivery_claim_held',
  `select ${COLUMNS} from delivery d join notification_destination t on t.id = d.destination_id
   where d.destination_id = any ($1::uuid[]) and d.state = 'held' and d.id <> all ($2::uuid[]) limit $3 for no key update of d skip locked`,
)

const READ_CIRCUMSTANCES = statement(
  'delivery_read_circumstances',
  `select ${NOTIFICATION_COLUMNS}, t.id as "destinationId",
     p.enabled as "user", te.enabled as "tenantEnabled", te.locked as "tenantLocked", ev.enabled as "everybodyEnabled", ev.locked as "everybodyLocked",
     q.time_zone as "timeZone", q.days, q.from_minute as "fromMinute", q.until_minute as "untilMinute", q.enabled as "isQuiet"
   from unnest($1::uuid[], $2::uuid[]) as asked (notification_id, destination_id)
   join notification n on n.id = asked.notification_id
   join notification_destination t on t.id = asked.destination_id
   left join notification_preference p on p.user_id = n.user_id and p.category = n.category and p.channel = t.channel
   left join notification_default te on te.tenant_id = n.tenant_id and te.category = n.category and te.channel = t.channel
   left join notification_default ev on ev.tenant_id = '' and ev.category = n.category and ev.channel = t.channel
   left join quiet_hours q on q.user_id = n.user_id`,
)

export interface ClaimedRow {
  readonly id: string
  readonly purpose: 'notification' | 'test' | 'code'
  readonly notificationId: string | null
  readonly destinationId: string
  readonly version: number
  readonly versionAt: Date
  readonly state: 'pending' | 'held'
  readonly hasTurn: boolean
  readonly attempts: number
  readonly sentCategory: string | null
  readonly reference: string | null
  readonly sealed: string | null
  readonly userId: string
  readonly channel: ChannelName
  readonly address: string
  readonly secrets: string | null
  readonly isVerified: boolean
  readonly isDisabled: boolean
}

/** What decides about one delivery of a notification. */
export interface Circumstances {
  readonly notification: NotificationRecord
  readonly user: boolean | undefined
  readonly tenant: PreferenceDefault | undefined
  readonly everybody: PreferenceDefault | undefined
  readonly quietHours: QuietHours | undefined
}

const MOST_HELD = 200

/** What is due, locked until the transaction ends; with all that is held for a destination where one of them is due. */
export async function claimDeliveries(transaction: Transaction, limit: number): Promise<readonly ClaimedRow[]> {
  const due = await transaction.run<ClaimedRow>(CLAIM_DELIVERIES, [limit])
  const held = [...new Set(due.filter(({ state }) => state === 'held').map(({ destinationId }) => destinationId))]
  if (held.length === 0) return due
  return [...due, ...(await transaction.run<ClaimedRow>(CLAIM_HELD, [held, due.map(({ id }) => id), MOST_HELD]))]
}

interface CircumstancesRow extends NotificationRecord {
  readonly destinationId: string
  readonly user: boolean | null
  readonly tenantEnabled: boolean | null
  readonly tenantLocked: boolean | null
  readonly everybodyEnabled: boolean | null
  readonly everybodyLocked: boolean | null
  readonly timeZone: string | null
  readonly days: readonly number[] | null
  readonly fromMinute: number | null
  readonly untilMinute: number | null
  readonly isQuiet: boolean | null
}

/** By id of the delivery; nothing for those whose notification is gone. */
export async function readCircumstances(transaction: Transaction, rows: readonly ClaimedRow[]): Promise<ReadonlyMap<string, Circumstances>> {
  const asked = rows.filter(({ notificationId }) => notificationId !== null)
  if (asked.length === 0) return new Map()
  const found = await transaction.run<CircumstancesRow>(READ_CIRCUMSTANCES, [asked.map((row) => row.notificationId), asked.map((row) => row.destinationId)])
  const byPair = new Map(found.map((row) => [`${row.id} ${row.destinationId}`, toCircumstances(row)]))
  return new Map(
    asked.flatMap((row) => {
      const known = byPair.get(`${row.notificationId ?? ''} ${row.destinationId}`)
      return known ? [[row.id, known] as const] : []
    }),
  )
}

function toCircumstances({ user, tenantEnabled, tenantLocked, everybodyEnabled, everybodyLocked, ...rest }: CircumstancesRow): Circumstances {
  const { destinationId: _destination, timeZone, days, fromMinute, untilMinute, isQuiet, ...notification } = rest
  const defaultOf = (enabled: boolean | null, locked: boolean | null) => (enabled === null ? undefined : { enabled, locked: locked === true, reason: null })
  return {
    notification,
    user: user ?? undefined,
    tenant: defaultOf(tenantEnabled, tenantLocked),
    everybody: defaultOf(everybodyEnabled, everybodyLocked),
    quietHours:
      timeZone === null ? undefined : { timeZone, days: days ?? [], fromMinute: fromMinute ?? 0, untilMinute: untilMinute ?? 0, enabled: isQuiet === true },
  }
}
