import { toTypeId } from '../../base/ids.ts'
import { SALE_LIMITS } from '../../domains/sales/check-sale.ts'
import { SALE_PREFIX, type SaleChannel, type SaleLine, type SaleRecord, type SaleState } from '../../domains/sales/records.ts'
import type { Builder } from '../builder.ts'

type Values<Value extends string> = Readonly<Record<Uppercase<Value>, { readonly value: Value; readonly description: string }>>

const STATES: Values<SaleState> = {
  PENDING: { value: 'pending', description: 'Its payment is not confirmed yet.' },
  APPROVED: { value: 'approved', description: 'Paid, or sold without a checkout.' },
  CANCELED: { value: 'canceled', description: 'It does not count any more.' },
}

const CHANNELS: Values<SaleChannel> = {
  ONLINE: { value: 'online', description: "In the seller's own shop on the web." },
  STORE: { value: 'store', description: 'Over the counter.' },
  MARKETPLACE: { value: 'marketplace', description: "In somebody else's shop on the web." },
  PHONE: { value: 'phone', description: 'By telephone.' },
  CHAT: { value: 'chat', description: 'In a chat.' },
}

export type SaleTypes = ReturnType<typeof addSale>

/** A sale, and the words that it is described with. */
export function addSale(builder: Builder) {
  const state = builder.enumType('SaleState', { description: 'Where a sale stands.', values: STATES })
  const channel = builder.enumType('SaleChannel', { description: 'Where something was sold.', values: CHANNELS })
  const line = addLine(builder)
  const sale = builder.objectRef<SaleRecord>('Sale').implement({
    description: 'Something that was sold.',
    interfaces: ['Node'],
    isTypeOf: isSale,
    fields: (t) => ({
      id: t.id({ description: 'Id of the sale, such as sale_01jd3k….', resolve: ({ id }) => toTypeId(SALE_PREFIX, id) }),
      reference: t.exposeString('reference', { description: "The seller's own number, unique among all sales." }),
      customer: t.exposeString('customer', { description: 'Who bought.' }),
      channel: t.field({ type: channel, description: 'Where it was sold.', resolve: (from) => from.channel }),
      state: t.field({ type: state, description: 'Where it stands.', resolve: (from) => from.state }),
      total: t.exposeString('total', { description: 'Sum of its lines: exact decimal with all digits that the currency has, such as 12.50 or, in JPY, 1200.' }),
      currency: t.exposeString('currency', { description: 'ISO 4217.' }),
      lines: t.field({ type: [line], description: `What was sold, at most ${SALE_LIMITS.lines} lines.`, resolve: (from) => from.lines }),
      paymentReference: t.exposeString('paymentReference', { nullable: true, description: 'The payment that was confirmed; null where none was.' }),
      cancelReason: t.exposeString('cancelReason', { nullable: true, description: 'Why it was canceled, where somebody said so.' }),
      createdBy: t.field({ type: 'Actor', description: 'Who made it.', resolve: (from) => from.createdBy }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
      version: t.exposeInt('version', { description: 'How many events told of it: keep the highest, drop anything older.' }),
    }),
  })
  return { sale, state, channel }
}

const isSale = (value: unknown): value is SaleRecord => typeof value === 'object' && value !== null && 'paymentReference' in value

function addLine(builder: Builder) {
  return builder.objectRef<SaleLine>('SaleLine').implement({
    description: 'One line of a sale.',
    fields: (t) => ({
      sku: t.exposeString('sku', { description: "The seller's number of what was sold." }),
      name: t.exposeString('name', { description: 'Its name at that time.' }),
      quantity: t.exposeInt('quantity', { description: 'How many.' }),
      unitPrice: t.exposeString('unitPrice', { description: 'Price of one: exact decimal in the currency of the sale.' }),
    }),
  })
}
