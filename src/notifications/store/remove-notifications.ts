import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'

const REMOVE = statement('notifications.remove', 'delete from notification where id = any($1::uuid[])')

/** With what a group stands for. */
export async function removeNotifications(transaction: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await transaction.run(REMOVE, [ids])
}
