import { createHmac, randomBytes } from 'node:crypto'
import { toTypeId } from '../../../base/ids.ts'
import type { NotificationRecord } from '../../records.ts'
import { type ChannelMessage, NOTIFICATION_PREFIX } from '../message.ts'

/** Standard Webhooks (https://www.standardwebhooks.com): `whsec_` and 24 to 64 bytes in base64. */
const SECRET_PREFIX = 'whsec_'
const SECRET_BYTES = 32

export const newWebhookSecret = (): string => `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`

export interface WebhookPayload {
  readonly type: 'notification' | 'notification.digest' | 'notification.test'
  readonly timestamp: string
  readonly data: object
}

const notificationData = (record: NotificationRecord, url: string | null) => ({
  id: toTypeId(NOTIFICATION_PREFIX, record.id),
  version: record.version,
  category: record.category.toUpperCase(),
  kind: record.kind.toUpperCase(),
  urgency: record.urgency.toUpperCase(),
  title: record.title,
  body: record.body,
  operationId: record.operationId === null ? null : toTypeId('operation', record.operationId),
  operationType: record.operationType,
  count: record.count,
  url,
  createdAt: record.createdAt.toISOString(),
  updatedAt: record.updatedAt.toISOString(),
  resolvedAt: record.resolvedAt?.toISOString() ?? null,
})

/** The same for every try of one message, its timestamp apart. */
export function webhookPayload(message: ChannelMessage, nowMs: number): WebhookPayload {
  const timestamp = new Date(nowMs).toISOString()
  if (message.entries.length > 0) {
    return { type: 'notification.digest', timestamp, data: { notifications: message.entries.map((entry) => notificationData(entry.notification, entry.url)) } }
  }
  if (message.notification) return { type: 'notification', timestamp, data: notificationData(message.notification, message.url) }
  return { type: 'notification.test', timestamp, data: { title: message.title, body: message.body } }
}

export interface SignWebhookParams {
  readonly id: string
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly body: string
  /** All of them sign, so that a receiver may change to a new one at any time. */
  readonly secrets: readonly string[]
}

/** The headers of Standard Webhooks. */
export function signWebhook({ id, timestamp, body, secrets }: SignWebhookParams): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') }
}
