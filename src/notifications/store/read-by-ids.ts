import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

const READ_BY_IDS = statement('notifications.read_by_ids', `select ${NOTIFICATION_COLUMNS} from notification n where n.id = any($1::uuid[])`)

/** Those that exist, in no order. Whose they are is the caller's business. */
export async function readByIds(executor: Executor, ids: readonly string[]): Promise<StoredNotification[]> {
  if (ids.length === 0) return []
  return (await executor.run<NotificationRow>(READ_BY_IDS, [ids])).map(toNotification)
}
