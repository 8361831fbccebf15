import type { JsonObject } from '../../base/json.ts'
import type { StoredNotification } from '../stored-notification.ts'

/** Columns of a notification as `toNotification` reads them; `n` is the notification. */
export const NOTIFICATION_COLUMNS = `n.id, n.user_id, n.tenant_id, n.key, n.category, n.kind, n.urgency, n.title, n.body, n.operation_id, n.operation_type, n.count, n.version, n.data,
  n.seq, n.source_version, n.outcome_at, n.created_at, n.updated_at, n.seen_at, n.dismissed_at, n.resolved_at`

export interface NotificationRow {
  readonly id: string
  readonly user_id: string
  readonly tenant_id: string | null
  readonly key: string
  readonly category: StoredNotification['category']
  readonly kind: StoredNotification['kind']
  readonly urgency: StoredNotification['urgency']
  readonly title: string
  readonly body: string | null
  readonly operation_id: string | null
  readonly operation_type: string | null
  readonly count: number
  readonly version: number
  readonly data: JsonObject
  readonly seq: number
  readonly source_version: number
  readonly outcome_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly seen_at: Date | null
  readonly dismissed_at: Date | null
  readonly resolved_at: Date | null
}

export const toNotification = (row: NotificationRow): StoredNotification => ({
  id: row.id,
  userId: row.user_id,
  tenantId: row.tenant_id,
  key: row.key,
  category: row.category,
  kind: row.kind,
  urgency: row.urgency,
  title: row.title,
  body: row.body,
  operationId: row.operation_id,
  operationType: row.operation_type,
  count: row.count,
  version: row.version,
  data: row.data,
  seq: row.seq,
  sourceVersion: row.source_version,
  outcomeAt: row.outcome_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  seenAt: row.seen_at,
  dismissedAt: row.dismissed_at,
  resolvedAt: row.resolved_at,
})
