import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'

/** Nobody reads a number beyond it, and counting has an end. */
export const MOST_UNSEEN = 1_000

/** Plan: nested loops, notification_unseen_idx alone (tests/notifications/plans.test.ts). */
export const COUNT_UNSEEN = statement(
  'notifications.count_unseen',
  `select u.user_id, c.unseen from unnest($1::text[]) as u(user_id)
     cross join lateral (select count(*)::int as unseen from (
       select 1 from notification where user_id = u.user_id and seen_at is null and dismissed_at is null limit ${MOST_UNSEEN}) x) c`,
)

/** Notifications of each user that were neither seen nor dismissed, counted up to `MOST_UNSEEN`. */
export async function countUnseen(executor: Executor, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await executor.run<{ user_id: string; unseen: number }>(COUNT_UNSEEN, [userIds])
  return new Map(rows.map((row) => [row.user_id, row.unseen]))
}
