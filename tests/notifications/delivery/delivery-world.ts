import { expect } from 'vitest'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { newUuid } from '../../../src/base/ids.ts'
import { createMemoryBus } from '../../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../../src/database/database.ts'
import { statement } from '../../../src/database/statement.ts'
import type { ChannelName } from '../../../src/notifications/channels/channel.ts'
import { type CreateDeliveriesParams, createDeliveries, type Deliveries, type DeliverySettings } from '../../../src/notifications/delivery/create-deliveries.ts'
import type { DeliveryTuning } from '../../../src/notifications/delivery/delivery-worker.ts'
import type { ChannelPace, ChannelPaces } from '../../../src/notifications/delivery/pacing.ts'
import { NOTIFICATION_COLUMNS } from '../../../src/notifications/delivery/store/notification-columns.ts'
import type { NotificationRecord } from '../../../src/notifications/records.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'

const WRITE = statement(
  'test_write_notification',
  `insert into notification as n (id, user_id, tenant_id, key, category, kind, urgency, title, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
   on conflict (user_id, key) do update set category = excluded.category, kind = excluded.kind, urgency = excluded.urgency, title = excluded.title,
     body = excluded.body, version = n.version + 1, updated_at = now(), seen_at = null, dismissed_at = null
   returning ${NOTIFICATION_COLUMNS}`,
)
const SEE = statement('test_see', 'update notification set seen_at = now() where user_id = $1')
const DISMISS = statement('test_dismiss', 'update notification set dismissed_at = now() where user_id = $1')
const DELIVERIES = statement(
  'test_deliveries',
  `select d.id, d.state, d.reason, d.attempts, d.version, d.reference, d.due_at as "dueAt", d.purpose, t.channel, n.title from delivery d
   join notification_destination t on t.id = d.destination_id left join notification n on n.id = d.notification_id order by d.created_at, d.id`,
)
const HURRY = statement('test_hurry', `update delivery set due_at = now() where due_at is not null`)
const OPEN_CODES = statement('test_open_codes', `select id from delivery where purpose = 'code' and finished_at is null`)
const VERIFY = statement('test_verify', 'update notification_destination set verified_at = now() where verified_at is null')

const EMPTY = ['delivery', 'delivery_pace', 'notification_destination', 'notification_preference', 'notification_default', 'quiet_hours', 'notification'].map(
  (table) => statement(`test_empty_${table}`, `delete from ${table}`),
)

const FREE: ChannelPace = { channel: { perSecond: 100_000, burst: 1_000 }, destination: { perSecond: 100_000, burst: 1_000 } }
export const UNPACED: ChannelPaces = { email: FREE, slack: FREE, teams: FREE, webhook: FREE, whatsapp: FREE }

export const SETTINGS: DeliverySettings = {
  smtpUrl: undefined,
  from: 'Batuta <batuta@example.com>',
  slackBotToken: undefined,
  slackApiUrl: 'https://slack.com/api',
  publicUrl: 'https://batuta.example.com',
  graceMs: 0,
  encryptionKeys: [],
  allowedPrivateHosts: [],
  operators: [],
}

export interface DeliveryRow {
  readonly id: string
  readonly state: string
  readonly reason: string | null
  readonly attempts: number
  readonly version: number
  readonly reference: string | null
  readonly dueAt: Date | null
  readonly purpose: string
  readonly channel: ChannelName
  readonly title: string | null
}

export interface Telling {
  readonly userId?: string
  readonly tenantId?: string | null
  readonly key?: string
  readonly category?: NotificationRecord['category']
  readonly kind?: NotificationRecord['kind']
  readonly urgency?: NotificationRecord['urgency']
  readonly title?: string
  readonly body?: string | null
}

export interface DeliveryWorld {
  readonly database: Database
  readonly deliveries: Deliveries
  /** Facts of failures that were contained: bugs, which no test expects. */
  readonly contained: readonly unknown[]
  /** Adds or edits a notification, and plans, as its writers do. */
  tell(...tellings: readonly Telling[]): Promise<readonly NotificationRecord[]>
  see(userId?: string): Promise<void>
  dismiss(userId?: string): Promise<void>
  /** A destination that is verified. */
  destination(channel: ChannelName, address: string, userId?: string): Promise<string>
  rows(): Promise<readonly DeliveryRow[]>
  states(): Promise<readonly string[]>
  /** Makes everything due now. */
  hurry(): Promise<void>
  /** Another instance on the same database. */
  another(settings?: Partial<DeliverySettings>): Deliveries
  close(): Promise<void>
}

export interface DeliveryWorldParams {
  /** Emptied first; closed by whoever opened it. */
  readonly database: Database
  readonly settings?: Partial<DeliverySettings>
  readonly tuning?: Partial<DeliveryTuning>
  readonly clock?: Clock
  readonly http?: CreateDeliveriesParams['http']
  /** Without a worker; for what is planned only. */
  readonly works?: boolean
}

export const QUICK: Partial<DeliveryTuning> = { backoff: { baseMs: 1, factor: 1, capMs: 1 }, maxAttempts: 4, drainMs: 100, paces: UNPACED }

export async function deliveryWorld(params: DeliveryWorldParams): Promise<DeliveryWorld> {
  const telemetry = new Telemetry()
  const contained: unknown[] = []
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') contained.push(fact)
  })
  const { database } = params
  for (const empty of EMPTY) await database.run(empty, [])
  const bus = createMemoryBus()
  await bus.start()
  const make = (works = true, settings: Partial<DeliverySettings> = {}): Deliveries =>
    createDeliveries({
      database,
      bus,
      clock: params.clock ?? systemClock,
      telemetry,
      settings: { ...SETTINGS, ...params.settings, ...settings },
      works,
      tuning: { ...QUICK, ...params.tuning },
      ...(params.http && { http: params.http }),
    })
  const deliveries = make(params.works)
  await deliveries.start()
  const all = [deliveries]
  return {
    database,
    deliveries,
    contained,
    tell: async (...tellings) => {
      const records = await database.transaction(async (transaction) => {
        const written: NotificationRecord[] = []
        for (const telling of tellings) written.push(...(await transaction.run<NotificationRecord>(WRITE, valuesOf(telling))))
        await deliveries.planner.plan(transaction, written)
        return written
      })
      deliveries.planner.wake()
      return records
    },
    see: async (userId = 'ana') => void (await database.run(SEE, [userId])),
    dismiss: async (userId = 'ana') => void (await database.run(DISMISS, [userId])),
    destination: async (channel, address, userId = 'ana') => {
      const { destination } = await deliveries.destinations.add({ userId, channel, address, ...(channel === 'email' ? { verifiedEmail: address } : {}) })
      // Not before its code was sent, so that tests know how many messages there are.
      if (destination.verifiedAt === null) await expect.poll(() => database.run(OPEN_CODES, [])).toEqual([])
      await database.run(VERIFY, [])
      return destination.id
    },
    rows: () => database.run<DeliveryRow>(DELIVERIES, []),
    states: async () => (await database.run<DeliveryRow>(DELIVERIES, [])).map(({ state, reason }) => (reason === null ? state : `${state}: ${reason}`)),
    hurry: async () => {
      await database.run(HURRY, [])
      deliveries.planner.wake()
    },
    another: (settings) => {
      const other = make(true, settings)
      all.push(other)
      return other
    },
    close: async () => {
      for (const each of all) await each.stop()
      await bus.stop()
    },
  }
}

function valuesOf({
  userId = 'ana',
  tenantId = null,
  key = newUuid(),
  category = 'failure',
  kind = 'error',
  urgency = 'normal',
  title = 'Import failed',
  body = null,
}: Telling) {
  return [newUuid(), userId, tenantId, key, category, kind, urgency, title, body]
}
