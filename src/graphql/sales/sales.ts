import { saleEvents, saleOf } from '../../domains/sales/events.ts'
import { SALE_PREFIX } from '../../domains/sales/records.ts'
import type { Builder } from '../builder.ts'
import type { EventsExtras } from '../derive/events-extras.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addSale, type SaleTypes } from './sale.ts'
import { findSale } from './sale-access.ts'
import { addSaleMutations } from './sale-mutations.ts'
import { addSaleQueries } from './sale-queries.ts'
import { addSalesInbox } from './sales-inbox.ts'

export interface SalesParts {
  readonly eventExtras: readonly EventsExtras[]
  readonly finders: Readonly<Record<string, NodeFinder>>
}

/** The sales domain in the schema. */
export function addSales(builder: Builder): SalesParts {
  const types = addSale(builder)
  addSaleQueries(builder, types)
  addSaleMutations(builder, types)
  addSalesInbox(builder)
  return { eventExtras: [saleEventExtras(types)], finders: { [SALE_PREFIX]: findSale } }
}

/** An event shows the whole sale, which it carries itself. */
const saleEventExtras = ({ sale }: SaleTypes): EventsExtras => ({
  name: saleEvents.name,
  addFields: (builder, event) =>
    builder.objectField(event, 'sale', (t) =>
      t.field({ type: sale, description: 'The sale as this event left it.', resolve: (frame) => saleOf(frame.event.data) }),
    ),
})
