import { toTypeId } from '../../base/ids.ts'
import { CUSTOMER_PREFIX, ORDER_PREFIX, PRODUCT_PREFIX, STORE_PREFIX, type StoreRecord } from '../../domains/stores/records.ts'
import { orNull } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { addConnection } from '../pages.ts'
import { addProduct, type ProductRef } from './product.ts'
import { addShopperTypes, type ShopperTypes } from './shopper-types.ts'
import { maySeeShoppers, storeByUuid } from './store-access.ts'
import type { StoreEnums } from './store-enums.ts'
import { idPage, pageArgs } from './store-pages.ts'

const isStore = (value: unknown): value is StoreRecord => typeof value === 'object' && value !== null && 'searchGeneration' in value

/** A store, its catalogue and the people who buy there. */
export function addStore(builder: Builder, enums: StoreEnums) {
  const product = addProduct(builder)
  const shoppers = addShopperTypes(builder)
  const store = addStoreObject(builder, enums)
  addLists(builder, { store, product, ...shoppers })
  builder.objectField(product, 'store', (t) =>
    t.field({
      type: store,
      nullable: true,
      description: 'The store that it belongs to; null where this viewer may not see it.',
      resolve: (from, _args, context) => storeByUuid(context, from.storeId),
    }),
  )
  return { store, product, ...shoppers }
}

export type StoreTypes = ReturnType<typeof addStore>

function addStoreObject(builder: Builder, enums: StoreEnums) {
  return builder.objectRef<StoreRecord>('Store').implement({
    description: 'A shop that a user connected, with its catalogue as it was read last.',
    interfaces: ['Node'],
    isTypeOf: isStore,
    fields: (t) => ({
      id: t.id({ description: 'Id of the store, such as store_01jd3k….', resolve: ({ id }) => toTypeId(STORE_PREFIX, id) }),
      name: t.exposeString('name', { description: 'What it is called.' }),
      platform: t.field({ type: enums.platform, description: 'What the shop runs on.', resolve: (from) => from.platform }),
      status: t.field({ type: enums.status, description: 'How it stands with its shop.', resolve: (from) => from.status }),
      owner: t.field({ type: 'Actor', description: 'Whose store it is.', resolve: ({ ownerId }) => ({ kind: 'user' as const, id: ownerId }) }),
      baseUrl: t.exposeString('baseUrl', { description: "Address of the shop's API; sandbox:… for a sandbox shop." }),
      publicUrl: t.exposeString('publicUrl', { nullable: true, description: 'Address at which people buy, where the shop says one.' }),
      language: t.exposeString('language', { nullable: true, description: 'Main language of the shop, ISO 639-1; null before it was connected.' }),
      currency: t.exposeString('currency', { nullable: true, description: 'Currency of its prices, ISO 4217; null before it was connected.' }),
      productCount: t.exposeInt('productCount', { description: 'How many products it has.' }),
      orderCount: t.exposeInt('orderCount', { description: 'How many orders it has.' }),
      customerCount: t.exposeInt('customerCount', { description: 'How many customers it has.' }),
      lastSyncedAt: t.expose('lastSyncedAt', { type: 'DateTime', nullable: true, description: 'When its catalogue was last read to the end; null: never.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something about it last changed.' }),
      activeOperation: t.field({
        type: 'Operation',
        nullable: true,
        description: 'The operation about it that matters most now: what is under way before what waits. Null: none, or none that this viewer may see.',
        resolve: ({ id }, _args, context) => activeOperationOf(context, id),
      }),
    }),
  })
}

/** The first that this viewer may see, of those that are not done. */
export async function activeOperationOf(context: Context, storeId: string) {
  for (const { operationId } of await context.loaders.activeOperations.load(storeId)) {
    const operation = orNull(context, await context.services.engine.byId(operationId))
    // It may have ended between the two reads.
    if (operation && operation.finishedAt === null) return operation
  }
  return null
}

interface ListedTypes extends ShopperTypes {
  readonly store: ReturnType<typeof addStoreObject>
  readonly product: ProductRef
}

const SHOPPERS = "newest first; null for whom they are none of their business: for the store's owner and administrators."

function addLists(builder: Builder, { store, product, order, customer }: ListedTypes): void {
  const products = addConnection(builder, { name: 'Product', plural: 'products', node: product, cursorType: 'String' })
  const orders = addConnection(builder, { name: 'Order', plural: 'orders', node: order, cursorType: 'String' })
  const customers = addConnection(builder, { name: 'Customer', plural: 'customers', node: customer, cursorType: 'String' })
  builder.objectFields(store, (t) => ({
    products: t.field({
      type: products,
      description: 'Its products, newest first; those that are gone from the shop are left out.',
      args: {
        ...pageArgs(t),
        text: t.arg.string({ description: `Part of the name in any language, in any case, at most ${LIMITS.search} characters. For questions: searchStore.` }),
        published: t.arg.boolean({ description: 'Only those that the shop shows, or hides.' }),
      },
      resolve: ({ id }, { text, published, ...page }, { services }) => {
        const check = new InputCheck()
        check.text('text', text, { to: LIMITS.search })
        check.done()
        const filter = { text: text ?? undefined, isPublished: published ?? undefined }
        return idPage(PRODUCT_PREFIX, page, (asked) => services.stores.catalogue.listProducts({ ...asked, storeId: id, filter }))
      },
    }),
    orders: t.field({
      type: orders,
      nullable: true,
      description: `Its orders, ${SHOPPERS}`,
      args: pageArgs(t),
      resolve: (from, args, context) =>
        maySeeShoppers(context, from)
          ? idPage(ORDER_PREFIX, args, (asked) => context.services.stores.catalogue.listOrders({ ...asked, storeId: from.id }))
          : null,
    }),
    customers: t.field({
      type: customers,
      nullable: true,
      description: `Its customers, ${SHOPPERS}`,
      args: pageArgs(t),
      resolve: (from, args, context) =>
        maySeeShoppers(context, from)
          ? idPage(CUSTOMER_PREFIX, args, (asked) => context.services.stores.catalogue.listCustomers({ ...asked, storeId: from.id }))
          : null,
    }),
  }))
}
