import type { Actor } from '../../../base/actor.ts'
import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { SaleContent, SaleRecord, SaleState } from '../records.ts'
import type { SaleOrigin } from '../sale-rules.ts'
import { lineColumns } from './line-columns.ts'

// One that is being made with the same reference is waited for; then nothing is inserted.
const INSERT_SALE = statement(
  'sales_insert_sale',
  `with made as (
     insert into sale (id, reference, customer, channel, state, currency, total, created_by_id, created_by, origin)
     values ($1, $2, $3, $4, $5, $6, $7::numeric, $8, $9::jsonb, $10::jsonb)
     on conflict (reference) do nothing
     returning id, created_at
   ), lines as (
     insert into sale_line (sale_id, position, sku, name, quantity, unit_price)
     select made.id, line.position, line.sku, line.name, line.quantity, line.unit_price
       from made, unnest($11::text[], $12::text[], $13::integer[], $14::numeric[]) with ordinality as line (sku, name, quantity, unit_price, position)
   )
   select created_at as "createdAt" from made`,
)

export interface InsertSaleParams {
  readonly id: string
  readonly content: SaleContent
  readonly total: string
  readonly state: SaleState
  readonly origin: SaleOrigin
  readonly actor: Actor
}

/** Makes a sale with its lines; `undefined` when there is one with its reference. */
export async function insertSale(executor: Executor, params: InsertSaleParams): Promise<SaleRecord | undefined> {
  const { id, content, total, state, origin, actor } = params
  const values = [id, content.reference, content.customer, content.channel, state, content.currency, total]
  const [made] = await executor.run<{ createdAt: Date }>(INSERT_SALE, [
    ...values,
    actor.id,
    JSON.stringify(actor),
    JSON.stringify(origin),
    ...lineColumns(content.lines),
  ])
  if (!made) return undefined
  const { createdAt } = made
  return { id, ...content, state, total, version: 1, paymentReference: null, cancelReason: null, createdBy: actor, createdAt, updatedAt: createdAt }
}
