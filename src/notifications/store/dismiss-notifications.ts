import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { FILTER_SQL, filterValues, type NotificationFilter } from './list-notifications.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

const DISMISS_ONE = statement(
  'notifications.dismiss_one',
  `update notification n set dismissed_at = now() where n.id = $1 and n.user_id = $2 and n.dismissed_at is null and ($3::int is null or n.version <= $3) returning ${NOTIFICATION_COLUMNS}`,
)

export interface DismissOneParams {
  readonly id: string
  readonly userId: string
  /** A newer version stays. */
  readonly version: number | undefined
}

/** `undefined` when there was nothing to dismiss. */
export async function dismissOne(transaction: Transaction, { id, userId, version }: DismissOneParams): Promise<StoredNotification | undefined> {
  const [row] = await transaction.run<NotificationRow>(DISMISS_ONE, [id, userId, version ?? null])
  return row && toNotification(row)
}

const DISMISS_MANY = statement(
  'notifications.dismiss_many',
  `update notification n set dismissed_at = now() where n.id in (
     select n.id from notification n where n.user_id = $1 and ${FILTER_SQL} and n.dismissed_at is null and ($8::timestamptz is null or n.updated_at < $8)
       and n.seq <= $9 order by n.seq desc limit $10) returning ${NOTIFICATION_COLUMNS}`,
)

export interface DismissManyParams {
  readonly userId: string
  readonly filter: NotificationFilter
  /** Last edited before this instant. */
  readonly before: Date | undefined
  /** Not those that were edited after this place in the inbox. */
  readonly until: number
  readonly limit: number
}

export async function dismissMany(transaction: Transaction, params: DismissManyParams): Promise<StoredNotification[]> {
  const { userId, filter, before, until, limit } = params
  const rows = await transaction.run<NotificationRow>(DISMISS_MANY, [userId, ...filterValues(filter), before ?? null, until, limit])
  return rows.map(toNotification)
}
