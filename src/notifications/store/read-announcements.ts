import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

/** Plan: nested loops, notification_announcement_idx (tests/notifications/plans.test.ts). */
export const READ_ANNOUNCEMENTS = statement(
  'notifications.read_announcements',
  `select ${NOTIFICATION_COLUMNS} from unnest($1::text[]) as u(user_id)
    cross join lateral (select * from notification where user_id = u.user_id and category = 'announcement' and (resolved_at is null or key = any($2::text[])) limit 1000) n`,
)

/** What users were told that has not ended, or that has one of the keys. */
export async function readAnnouncements(executor: Executor, userIds: readonly string[], keys: readonly string[]): Promise<StoredNotification[]> {
  return (await executor.run<NotificationRow>(READ_ANNOUNCEMENTS, [userIds, keys])).map(toNotification)
}
