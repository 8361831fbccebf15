import { toTypeId } from '../../base/ids.ts'
import { ORDER_PREFIX, type OrderRecord } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'

const isOrder = (value: unknown): value is OrderRecord => typeof value === 'object' && value !== null && 'shippingStatus' in value

export const addOrder = (builder: Builder) =>
  builder.objectRef<OrderRecord>('Order').implement({
    description: "An order in a store's shop.",
    interfaces: ['Node'],
    isTypeOf: isOrder,
    fields: (t) => ({
      id: t.id({ description: 'Id of the order, such as order_01jd3k….', resolve: ({ id }) => toTypeId(ORDER_PREFIX, id) }),
      number: t.exposeString('number', { description: 'Its number, as people know it.' }),
    }),
  })
