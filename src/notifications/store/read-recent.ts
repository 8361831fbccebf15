import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

/** How long outcomes belong together, and a group stays open. */
export const TOGETHER_MS = 300_000
/** More than ever stand alone within that time. */
const MOST_RECENT = 20
const MOST_PROGRESS = 10

export interface UserType {
  readonly userId: string
  readonly type: string
}

export interface Recent {
  /** With an outcome of late and not dismissed, newest first; the open group among them. */
  readonly outcomes: readonly StoredNotification[]
  /** Notifications that tell of progress now. */
  readonly progressCount: number
}

/** Plan: nested loops, notification_outcome_idx and notification_progress_idx (tests/notifications/plans.test.ts). */
export const READ_RECENT = statement(
  'notifications.read_recent',
  `select p.n::int as place, c.progress, ${NOTIFICATION_COLUMNS}
     from unnest($1::text[], $2::text[]) with ordinality as p(user_id, type, n)
    cross join lateral (select count(*)::int as progress from (
      select 1 from notification where user_id = p.user_id and operation_type = p.type and category = 'progress' limit ${MOST_PROGRESS}) x) c
     left join lateral (
      select * from notification where user_id = p.user_id and operation_type = p.type and outcome_at > now() - interval '${TOGETHER_MS} milliseconds'
         and dismissed_at is null order by outcome_at desc limit ${MOST_RECENT}) n on true`,
)

type Row = (NotificationRow | { readonly id: null }) & { readonly place: number; readonly progress: number }

/** In the order asked. */
export async function readRecent(transaction: Transaction, pairs: readonly UserType[]): Promise<Recent[]> {
  if (pairs.length === 0) return []
  const rows = await transaction.run<Row>(READ_RECENT, [pairs.map(({ userId }) => userId), pairs.map(({ type }) => type)])
  const byPlace = Map.groupBy(rows, ({ place }) => place)
  return pairs.map((_pair, index) => {
    const own = byPlace.get(index + 1) ?? []
    return { progressCount: own[0]?.progress ?? 0, outcomes: own.flatMap((row) => (row.id === null ? [] : [toNotification(row)])) }
  })
}
