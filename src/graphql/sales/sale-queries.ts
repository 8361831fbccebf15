import { toTypeId, uuidOf } from '../../base/ids.ts'
import { SALE_LIMITS } from '../../domains/sales/check-sale.ts'
import { SALE_PREFIX, type SaleChannel, type SaleState } from '../../domains/sales/records.ts'
import type { SaleFilter } from '../../domains/sales/store/list-sales.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { addConnection, connectionOf, DEFAULT_PAGE_SIZE, type PageArgs, pageRequest } from '../pages.ts'
import type { SaleTypes } from './sale.ts'
import { demandSalesReader, findSale } from './sale-access.ts'

/** Reads of sales: one, and many. */
export function addSaleQueries(builder: Builder, types: SaleTypes): void {
  const connection = addConnection(builder, { name: 'Sale', plural: 'sales', node: types.sale, cursorType: 'String' })
  const filter = addSaleFilter(builder, types)
  builder.queryField('sale', (t) =>
    t.field({
      type: types.sale,
      nullable: true,
      description: 'One sale; null when it does not exist or this viewer may not see it. For administrators, and for services that made it.',
      args: { id: t.arg.id({ required: true, description: 'Id of the sale.' }) },
      resolve: (_root, { id }, context) => {
        demandSalesReader(context)
        return findSale(context, id)
      },
    }),
  )
  builder.queryField('sales', (t) =>
    t.field({
      type: connection,
      description: 'Sales, newest first: all for administrators, for services those that they made.',
      args: {
        filter: t.arg({ type: filter, description: 'Which ones.' }),
        first: t.arg.int({ description: `Length of the page counted from its start, at most 100; ${DEFAULT_PAGE_SIZE} by default.` }),
        after: t.arg.string({ description: 'Cursor after which the page starts.' }),
        last: t.arg.int({ description: 'Length of the page counted from its end, at most 100.' }),
        before: t.arg.string({ description: 'Cursor before which the page ends.' }),
      },
      resolve: (_root, args, context) => listSales(context, args),
    }),
  )
}

const addSaleFilter = (builder: Builder, { state, channel }: SaleTypes) =>
  builder.inputType('SaleFilter', {
    description: 'Which sales a list shows; all that is given must match.',
    fields: (t) => ({
      states: t.field({ type: [state], description: 'Any of these states.' }),
      channels: t.field({ type: [channel], description: 'Any of these channels.' }),
      createdAfter: t.field({ type: 'DateTime', description: 'Made at or after this instant.' }),
      createdBefore: t.field({ type: 'DateTime', description: 'Made before this instant.' }),
      reference: t.string({ description: 'Exactly this reference.' }),
      text: t.string({ description: `Part of the reference or of the customer, in any case, at most ${LIMITS.search} characters.` }),
    }),
  })

interface FilterInput {
  readonly states?: readonly SaleState[] | null | undefined
  readonly channels?: readonly SaleChannel[] | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
  readonly reference?: string | null | undefined
  readonly text?: string | null | undefined
}

interface SalesArgs extends PageArgs {
  readonly filter?: FilterInput | null | undefined
}

async function listSales(context: Context, args: SalesArgs) {
  const visibility = demandSalesReader(context)
  const { limit, fromEnd, ...page } = pageRequest(args)
  const check = new InputCheck()
  const filter = saleFilter(check, args.filter ?? {})
  const [after, before] = (['after', 'before'] as const).map((name) => {
    const cursor = page[name]
    const uuid = cursor === undefined ? undefined : uuidOf(SALE_PREFIX, cursor)
    if (cursor !== undefined && uuid === undefined) check.add(name, 'expected a cursor as the API gave it')
    return uuid
  })
  check.done()
  const { items, hasNext, hasPrevious } = await context.services.sales.sales({ visibility, filter, limit, fromEnd, after, before })
  const edges = items.map((sale) => ({ cursor: toTypeId(SALE_PREFIX, sale.id), node: sale }))
  return connectionOf(edges, { next: hasNext, previous: hasPrevious })
}

function saleFilter(check: InputCheck, { states, channels, createdAfter, createdBefore, reference, text }: FilterInput): SaleFilter {
  check.list('filter.states', states, LIMITS.pageSize)
  check.list('filter.channels', channels, LIMITS.pageSize)
  check.text('filter.reference', reference, { to: SALE_LIMITS.reference })
  check.text('filter.text', text, { to: LIMITS.search })
  return {
    ...(states ? { states } : {}),
    ...(channels ? { channels } : {}),
    ...(createdAfter ? { createdAfter } : {}),
    ...(createdBefore ? { createdBefore } : {}),
    ...(typeof reference === 'string' ? { reference } : {}),
    ...(text ? { text } : {}),
  }
}
