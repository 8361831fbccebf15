import { toTypeId } from '../../base/ids.ts'
import { PRODUCT_PREFIX, type ProductRecord, textIn } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'

const isProduct = (value: unknown): value is ProductRecord => typeof value === 'object' && value !== null && 'isPublished' in value

export const addProduct = (builder: Builder) =>
  builder.objectRef<ProductRecord>('Product').implement({
    description: "A product of a store's catalogue, as its shop had it when it was read last.",
    interfaces: ['Node'],
    isTypeOf: isProduct,
    fields: (t) => ({
      id: t.id({ description: 'Id of the product, such as product_01jd3k….', resolve: ({ id }) => toTypeId(PRODUCT_PREFIX, id) }),
      name: t.string({ description: 'Its name.', resolve: ({ name }) => textIn(name, 'es') }),
      price: t.exposeString('price', { nullable: true, description: 'Price of its cheapest variant: exact decimal, such as 12.50; null: it has none.' }),
    }),
  })
