import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { Outcome } from '../stored-notification.ts'

export interface ListMembersParams {
  readonly notificationId: string
  /** Of any of these. */
  readonly outcomes: readonly Outcome[] | undefined
  /** Older than this operation. */
  readonly before: string | undefined
  readonly limit: number
}

const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Plan: notification_member_list_idx, bounded by the group (tests/notifications/plans.test.ts). */
export const LIST_MEMBERS = statement(
  'notifications.list_members',
  'select operation_id from notification_member where notification_id = $1 and operation_id < $2 order by operation_id desc limit $3',
)
/** Plan: for each outcome notification_member_outcome_idx, bounded by both (tests/notifications/plans.test.ts). */
export const LIST_MEMBERS_OF = statement(
  'notifications.list_members_of',
  `select m.operation_id from unnest($4::text[]) as o(outcome) cross join lateral (
     select operation_id from notification_member where notification_id = $1 and outcome = o.outcome and operation_id < $2 order by operation_id desc limit $3) m
   order by m.operation_id desc limit $3`,
)

/** Ids of the operations of a group, newest first. */
export async function listMembers(executor: Executor, { notificationId, outcomes, before, limit }: ListMembersParams): Promise<string[]> {
  const values = [notificationId, before ?? NEWEST, limit]
  const rows = outcomes
    ? await executor.run<{ operation_id: string }>(LIST_MEMBERS_OF, [...values, outcomes])
    : await executor.run<{ operation_id: string }>(LIST_MEMBERS, values)
  return rows.map((row) => row.operation_id)
}
