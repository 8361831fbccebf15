import type { Transaction } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const COUNT_LIT = statement('sales_count_lit', 'update sales_count set lit = lit + $1 returning lit')

/** Counts an event that lights the badge, or none, and holds the count until the transaction ends: counts then follow the order of the stream. */
export async function countLit(transaction: Transaction, lights: boolean): Promise<number> {
  const [count] = await transaction.run<{ lit: number }>(COUNT_LIT, [lights ? 1 : 0])
  if (!count) throw new Error('the count of sales is gone; the migrations made its row')
  return count.lit
}
