import type { JsonObject } from '../base/json.ts'

export const NOTIFICATION_KINDS = ['info', 'success', 'warning', 'error'] as const
/** How it is to be taken. */
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number]

export const NOTIFICATION_CATEGORIES = ['progress', 'result', 'failure', 'status', 'connection', 'announcement'] as const
/** What preferences are about. A notification that is edited may change its category: progress becomes result or failure. */
export type NotificationCategory = (typeof NOTIFICATION_CATEGORIES)[number]

export const URGENCIES = ['low', 'normal', 'high', 'critical'] as const
/** How soon somebody should know; only `critical` passes quiet hours. */
export type Urgency = (typeof URGENCIES)[number]

/** What a user is told: one row per user and key, edited in place. Instants are of the database's clock. */
export interface NotificationRecord {
  readonly id: string
  readonly userId: string
  readonly tenantId: string | null
  /** What is edited rather than repeated. */
  readonly key: string
  readonly category: NotificationCategory
  readonly kind: NotificationKind
  readonly urgency: Urgency
  readonly title: string
  readonly body: string | null
  readonly operationId: string | null
  readonly operationType: string | null
  /** How many operations or events it stands for. */
  readonly count: number
  /** Grows with every edit that people should notice; dismissing is for one version. */
  readonly version: number
  readonly data: JsonObject
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly seenAt: Date | null
  readonly dismissedAt: Date | null
  /** When its condition cleared. */
  readonly resolvedAt: Date | null
}
