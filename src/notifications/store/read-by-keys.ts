import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

export interface UserKey {
  readonly userId: string
  readonly key: string
}

/** Plan: nested loops, notification_key_idx (tests/notifications/plans.test.ts). */
export const READ_BY_KEYS = statement(
  'notifications.read_by_keys',
  `select ${NOTIFICATION_COLUMNS} from unnest($1::text[], $2::text[]) as k(user_id, key)
     cross join lateral (select * from notification where user_id = k.user_id and key = k.key limit 1) n`,
)

/** Those that exist, in no order. */
export async function readByKeys(executor: Executor, keys: readonly UserKey[]): Promise<StoredNotification[]> {
  if (keys.length === 0) return []
  const rows = await executor.run<NotificationRow>(READ_BY_KEYS, [keys.map(({ userId }) => userId), keys.map(({ key }) => key)])
  return rows.map(toNotification)
}
