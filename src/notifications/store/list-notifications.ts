import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { NotificationCategory, NotificationKind } from '../records.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

export interface NotificationFilter {
  readonly kinds?: readonly NotificationKind[]
  readonly categories?: readonly NotificationCategory[]
  readonly types?: readonly string[]
  readonly operationId?: string
  readonly seen?: boolean
  /** `undefined`: both. */
  readonly dismissed?: boolean
}

export interface ListNotificationsParams {
  readonly userId: string
  readonly filter: NotificationFilter
  /** Those whose last edit lies before this place in the inbox. */
  readonly before?: number
  readonly limit: number
}

/** Conditions of a filter: parameters from $2 to $7, each null for "any". */
export const FILTER_SQL = `($2::text[] is null or n.kind = any($2)) and ($3::text[] is null or n.category = any($3)) and ($4::text[] is null or n.operation_type = any($4))
   and ($5::uuid is null or n.operation_id = $5 or exists (select 1 from notification_member m where m.operation_id = $5 and m.notification_id = n.id))
   and ($6::bool is null or (n.seen_at is not null) = $6) and ($7::bool is null or (n.dismissed_at is not null) = $7)`

export const filterValues = (filter: NotificationFilter): readonly unknown[] => [
  filter.kinds ?? null,
  filter.categories ?? null,
  filter.types ?? null,
  filter.operationId ?? null,
  filter.seen ?? null,
  filter.dismissed ?? null,
]

/** Plan: an index scan that is bounded by the user, whose notifications are few: groups stand for many (tests/notifications/plans.test.ts). */
export const LIST = statement(
  'notifications.list',
  `select ${NOTIFICATION_COLUMNS} from notification n where n.user_id = $1 and ${FILTER_SQL} and n.seq < $8 order by n.seq desc limit $9`,
)

const LARGEST_SEQ = 2_147_483_647

/** Last edited first. */
export async function listNotifications(executor: Executor, { userId, filter, before, limit }: ListNotificationsParams): Promise<StoredNotification[]> {
  const rows = await executor.run<NotificationRow>(LIST, [userId, ...filterValues(filter), before ?? LARGEST_SEQ, limit])
  return rows.map(toNotification)
}
