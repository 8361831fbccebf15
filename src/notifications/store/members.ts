import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { Outcome } from '../stored-notification.ts'

/** An operation that a group stands for. */
export interface Member {
  readonly operationId: string
  /** Of the group. */
  readonly notificationId: string
  readonly outcome: Outcome
  readonly operationVersion: number
}

interface Row {
  readonly operation_id: string
  readonly notification_id: string
  readonly outcome: Outcome
  readonly operation_version: number
}

const READ = statement(
  'notifications.read_members',
  'select operation_id, notification_id, outcome, operation_version from notification_member where operation_id = any($1::uuid[])',
)

/** Those of the operations that are in a group, by operation. */
export async function readMembers(transaction: Transaction, operationIds: readonly string[]): Promise<Map<string, Member>> {
  const rows = await transaction.run<Row>(READ, [operationIds])
  const members = rows.map((row) => ({
    operationId: row.operation_id,
    notificationId: row.notification_id,
    outcome: row.outcome,
    operationVersion: row.operation_version,
  }))
  return new Map(members.map((member) => [member.operationId, member]))
}

const WRITE = statement(
  'notifications.write_members',
  `insert into notification_member (operation_id, notification_id, outcome, operation_version)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[])
   on conflict (operation_id) do update set notification_id = excluded.notification_id, outcome = excluded.outcome, operation_version = excluded.operation_version`,
)

/** Puts operations into groups; one that was in another leaves it. */
export async function writeMembers(transaction: Transaction, members: readonly Member[]): Promise<void> {
  if (members.length === 0) return
  await transaction.run(WRITE, [
    members.map(({ operationId }) => operationId),
    members.map(({ notificationId }) => notificationId),
    members.map(({ outcome }) => outcome),
    members.map(({ operationVersion }) => operationVersion),
  ])
}

const REMOVE = statement('notifications.remove_members', 'delete from notification_member where operation_id = any($1::uuid[])')

export async function removeMembers(transaction: Transaction, operationIds: readonly string[]): Promise<void> {
  if (operationIds.length > 0) await transaction.run(REMOVE, [operationIds])
}
