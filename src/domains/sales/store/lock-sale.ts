import type { Transaction } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { SaleRecord } from '../records.ts'
import { findSales } from './find-sales.ts'

const LOCK_SALE = statement('sales_lock_sale', 'select id from sale where id = $1 for update')

/** A sale that nobody else changes until the transaction ends. Read after the lock: a statement that waits for one still sees older lines. */
export async function lockSale(transaction: Transaction, id: string): Promise<SaleRecord | undefined> {
  const [locked] = await transaction.run<{ id: string }>(LOCK_SALE, [id])
  const [sale] = locked ? await findSales(transaction, [id]) : []
  return sale
}
