import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

const IS_OPEN = `n.resolved_at is null and (n.kind = 'error' or n.category in ('status', 'connection', 'announcement'))`

/** Plan: a walk of notification_updated_idx from its old end, no sort (tests/notifications/plans.test.ts). */
export const FIND_PRUNABLE = statement(
  'notifications.find_prunable',
  `select ${NOTIFICATION_COLUMNS} from notification n
    where n.updated_at < now() - $1::float8 * interval '1 millisecond' and (not (${IS_OPEN}) or n.updated_at < now() - 2 * $1::float8 * interval '1 millisecond')
    order by n.updated_at, n.id limit $2`,
)

/** Notifications whose retention has passed, the oldest first. Errors, and what has not cleared, are kept twice as long. */
export async function findPrunable(executor: Executor, retentionMs: number, limit: number): Promise<StoredNotification[]> {
  return (await executor.run<NotificationRow>(FIND_PRUNABLE, [retentionMs, limit])).map(toNotification)
}
