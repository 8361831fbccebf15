import { toTypeId } from '../../base/ids.ts'
import { CUSTOMER_PREFIX, type CustomerRecord, ORDER_PREFIX, type OrderLine, type OrderRecord } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'

const isOrder = (value: unknown): value is OrderRecord => typeof value === 'object' && value !== null && 'shippingStatus' in value
const isCustomer = (value: unknown): value is CustomerRecord => typeof value === 'object' && value !== null && 'totalSpent' in value

/** Orders and customers: personal data of the people who buy in a shop. */
export function addShopperTypes(builder: Builder) {
  return { order: addOrder(builder), customer: addCustomer(builder) }
}

export type ShopperTypes = ReturnType<typeof addShopperTypes>

function addOrder(builder: Builder) {
  const line = builder.objectRef<OrderLine>('OrderLine').implement({
    description: 'One line of an order.',
    fields: (t) => ({
      name: t.string({ description: 'What was bought, as it was called then.', resolve: ({ name }) => name }),
      sku: t.string({ nullable: true, description: "The shop's stock number, where it has one.", resolve: ({ sku }) => sku }),
      quantity: t.int({ description: 'How many.', resolve: ({ quantity }) => quantity }),
      price: t.string({ description: 'Price of one: exact decimal in the currency of the order.', resolve: ({ price }) => price }),
    }),
  })
  return builder.objectRef<OrderRecord>('Order').implement({
    description: "An order in a store's shop. For the store's owner and administrators.",
    interfaces: ['Node'],
    isTypeOf: isOrder,
    fields: (t) => ({
      id: t.id({ description: 'Id of the order, such as order_01jd3k….', resolve: ({ id }) => toTypeId(ORDER_PREFIX, id) }),
      externalId: t.exposeString('externalId', { description: "The shop's own id of it." }),
      number: t.exposeString('number', { description: 'Its number, as people know it.' }),
      status: t.exposeString('status', { description: 'Where it stands, in the words of the shop: open, closed, cancelled.' }),
      paymentStatus: t.exposeString('paymentStatus', { description: 'Whether it is paid, in the words of the shop: pending, paid, refunded …' }),
      shippingStatus: t.exposeString('shippingStatus', { description: 'Where the goods are, in the words of the shop: unpacked, shipped, delivered …' }),
      total: t.exposeString('total', { description: 'What it comes to: exact decimal, such as 12.50.' }),
      currency: t.exposeString('currency', { description: 'ISO 4217.' }),
      lines: t.field({ type: [line], description: 'What was bought, as many as the shop gives.', resolve: (from) => from.lines }),
      contactName: t.exposeString('contactName', { nullable: true, description: 'Who ordered, where the shop says it.' }),
      contactEmail: t.exposeString('contactEmail', { nullable: true, description: 'Their mail address, where the shop says it.' }),
      createdAt: t.expose('shopCreatedAt', { type: 'DateTime', nullable: true, description: 'When it was made, as the shop says.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When we last wrote something new of it.' }),
    }),
  })
}

function addCustomer(builder: Builder) {
  return builder.objectRef<CustomerRecord>('Customer').implement({
    description: "A customer of a store's shop. For the store's owner and administrators.",
    interfaces: ['Node'],
    isTypeOf: isCustomer,
    fields: (t) => ({
      id: t.id({ description: 'Id of the customer, such as customer_01jd3k….', resolve: ({ id }) => toTypeId(CUSTOMER_PREFIX, id) }),
      externalId: t.exposeString('externalId', { description: "The shop's own id of them." }),
      name: t.exposeString('name', { description: 'Their name.' }),
      email: t.exposeString('email', { nullable: true, description: 'Their mail address, where the shop has one.' }),
      phone: t.exposeString('phone', { nullable: true, description: 'Their number, as the shop has it.' }),
      totalSpent: t.exposeString('totalSpent', { nullable: true, description: 'What they spent so far: exact decimal; null where the shop does not say.' }),
      currency: t.exposeString('currency', { nullable: true, description: 'ISO 4217, of what they spent.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When we last wrote something new of them.' }),
    }),
  })
}
