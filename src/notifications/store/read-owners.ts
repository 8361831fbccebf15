import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'

const READ = statement('notifications.read_owners', 'select distinct owner_id from operation where id = any($1::uuid[])')

/** Who owns these operations, each once. */
export async function readOwners(transaction: Transaction, operationIds: readonly string[]): Promise<string[]> {
  const rows = await transaction.run<{ owner_id: string }>(READ, [operationIds])
  return rows.map((row) => row.owner_id)
}
