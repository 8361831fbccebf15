import type { Transaction } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { SaleRecord } from '../records.ts'
import { lineColumns } from './line-columns.ts'

const CHANGE_SALE = statement(
  'sales_change_sale',
  `update sale set state = $2, customer = $3, channel = $4, total = $5::numeric, payment_reference = $6, cancel_reason = $7,
     version = version + 1, updated_at = now()
   where id = $1 returning version, updated_at as "updatedAt"`,
)

const REPLACE_LINES = statement(
  'sales_replace_lines',
  `with gone as (
     delete from sale_line where sale_id = $1::uuid and position > cardinality($2::text[])
   )
   insert into sale_line as l (sale_id, position, sku, name, quantity, unit_price)
   select $1::uuid, line.position, line.sku, line.name, line.quantity, line.unit_price
     from unnest($2::text[], $3::text[], $4::integer[], $5::numeric[]) with ordinality as line (sku, name, quantity, unit_price, position)
   on conflict (sale_id, position) do update
     set sku = excluded.sku, name = excluded.name, quantity = excluded.quantity, unit_price = excluded.unit_price`,
)

/** Writes a sale that this transaction has locked, as its next version. Lines are written when they are others than the known ones. */
export async function changeSale(transaction: Transaction, known: SaleRecord, next: SaleRecord): Promise<SaleRecord> {
  const { id, state, customer, channel, total, paymentReference, cancelReason } = next
  const [written] = await transaction.run<Pick<SaleRecord, 'version' | 'updatedAt'>>(CHANGE_SALE, [
    id,
    state,
    customer,
    channel,
    total,
    paymentReference,
    cancelReason,
  ])
  if (!written) throw new Error('a locked sale is gone')
  if (next.lines !== known.lines) await transaction.run(REPLACE_LINES, [id, ...lineColumns(next.lines)])
  return { ...next, ...written }
}
