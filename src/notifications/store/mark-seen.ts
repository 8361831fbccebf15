import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

const MARK = statement(
  'notifications.mark_seen',
  `update notification n set seen_at = now() where n.id in (
     select id from notification where user_id = $1 and seen_at is null and ($2::uuid[] is null or id = any($2)) and ($3::int is null or seq <= $3) order by seq limit $4)
   returning ${NOTIFICATION_COLUMNS}`,
)

export interface MarkSeenParams {
  readonly userId: string
  /** These; or all up to a place in the inbox. */
  readonly what: { readonly ids: readonly string[] } | { readonly until: number }
  readonly limit: number
}

/** Marks what is the user's own and was not seen yet; answers what was marked. */
export async function markSeen(transaction: Transaction, { userId, what, limit }: MarkSeenParams): Promise<StoredNotification[]> {
  const [ids, until] = 'ids' in what ? [what.ids, null] : [null, what.until]
  return (await transaction.run<NotificationRow>(MARK, [userId, ids, until, limit])).map(toNotification)
}
