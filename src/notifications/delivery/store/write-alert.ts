import type { Transaction } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { NotificationRecord, Urgency } from '../../records.ts'
import { NOTIFICATION_COLUMNS } from './notification-columns.ts'

// The same situation again is an edit of the same notification.
const WRITE_ALERT = statement(
  'delivery_write_alert',
  `insert into notification as n (id, user_id, key, category, kind, urgency, title, body) values ($1, '', $2, 'status', $3, $4, $5, $6)
   on conflict (user_id, key) do update set kind = excluded.kind, urgency = excluded.urgency, title = excluded.title, body = excluded.body,
     count = n.count + 1, version = n.version + 1, updated_at = now(), seen_at = null, dismissed_at = null, resolved_at = null
   returning ${NOTIFICATION_COLUMNS}`,
)

export interface WriteAlertParams {
  readonly id: string
  readonly key: string
  readonly kind: 'info' | 'warning' | 'error'
  readonly urgency: Urgency
  readonly title: string
  readonly body: string | null
}

export async function writeAlert(transaction: Transaction, { id, key, kind, urgency, title, body }: WriteAlertParams): Promise<NotificationRecord> {
  const [row] = await transaction.run<NotificationRecord>(WRITE_ALERT, [id, key, kind, urgency, title, body])
  if (!row) throw new Error('an alert was neither added nor edited')
  return row
}
