import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { SaleRecord } from '../records.ts'
import type { SaleOrigin } from '../sale-rules.ts'
import { SALE_COLUMNS } from './sale-columns.ts'

const FIND_SALES = statement('sales_find_sales', `select ${SALE_COLUMNS} from sale s where s.id = any ($1::uuid[])`)
const FIND_BY_REFERENCE = statement('sales_find_by_reference', `select ${SALE_COLUMNS}, s.origin from sale s where s.reference = $1`)
const FIND_BY_PAYMENT = statement('sales_find_by_payment', `select ${SALE_COLUMNS} from sale s where s.payment_reference = $1`)

/** Sales by id, in the order asked. */
export async function findSales(executor: Executor, ids: readonly string[]): Promise<readonly (SaleRecord | undefined)[]> {
  const found = await executor.run<SaleRecord>(FIND_SALES, [ids])
  const byId = new Map(found.map((sale) => [sale.id, sale]))
  return ids.map((id) => byId.get(id))
}

export interface OriginalSale {
  readonly sale: SaleRecord
  readonly origin: SaleOrigin
}

/** The sale with a seller's number, and what it was made of. */
export async function findByReference(executor: Executor, reference: string): Promise<OriginalSale | undefined> {
  const [found] = await executor.run<SaleRecord & { origin: SaleOrigin }>(FIND_BY_REFERENCE, [reference])
  if (!found) return undefined
  const { origin, ...sale } = found
  return { sale, origin }
}

/** The sale that a payment paid for. */
export async function findByPayment(executor: Executor, paymentReference: string): Promise<SaleRecord | undefined> {
  const [found] = await executor.run<SaleRecord>(FIND_BY_PAYMENT, [paymentReference])
  return found
}
