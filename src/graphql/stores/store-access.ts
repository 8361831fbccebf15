import { mayUseStore, storesVisibilityOf } from '../../auth/access.ts'
import { uuidOf } from '../../base/ids.ts'
import {
  CUSTOMER_PREFIX,
  type CustomerRecord,
  ORDER_PREFIX,
  type OrderRecord,
  PRODUCT_PREFIX,
  type ProductRecord,
  STORE_PREFIX,
  type StoreRecord,
} from '../../domains/stores/records.ts'
import type { StoresVisibility } from '../../domains/stores/store/list-stores.ts'
import { viewerOf } from '../authorize.ts'
import type { Context } from '../context.ts'
import { forbidden, notFound, Refused } from '../refusals.ts'

/**
 * Who may see and change stores, and what belongs to them, asked in one place; the rows `readStore`, `readShoppers` and `controlStore` of the table of access
 * say it. Orders and customers are personal data of people who buy in the shop: its owner and administrators see them, services don't.
 */

/** Whose stores this viewer's lists show; `ownerId` narrows it. */
export function storesVisibility(context: Context, ownerId?: string): StoresVisibility {
  const seen = storesVisibilityOf(viewerOf(context))
  return seen.kind === 'all' && ownerId !== undefined ? { kind: 'owner', ownerId } : seen
}

const storeOrNull = (context: Context, store: StoreRecord | undefined): StoreRecord | null =>
  store && mayUseStore(viewerOf(context), 'readStore', store).allowed ? store : null

/** The store with this UUID, if it is there and this viewer may see it. */
export async function storeByUuid(context: Context, uuid: string): Promise<StoreRecord | null> {
  viewerOf(context)
  return storeOrNull(context, await context.loaders.store.load(uuid))
}

/** The store with this id of the API, if it is there and this viewer may see it. */
export async function findStore(context: Context, id: string): Promise<StoreRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(STORE_PREFIX, id)
  return uuid === undefined ? null : storeByUuid(context, uuid)
}

/** For mutations that only look at a store. Throws `Refused`. */
export async function storeToRead(context: Context, id: string): Promise<StoreRecord> {
  const store = await findStore(context, id)
  if (!store) throw new Refused(notFound('store'))
  return store
}

/** For mutations that change a store. Throws `Refused`. */
export async function storeToControl(context: Context, id: string): Promise<StoreRecord> {
  const store = await storeToRead(context, id)
  if (!mayUseStore(viewerOf(context), 'controlStore', store).allowed) throw new Refused(forbidden('Only its owner or an administrator may change this store.'))
  return store
}

export const maySeeShoppers = (context: Context, store: StoreRecord): boolean => mayUseStore(viewerOf(context), 'readShoppers', store).allowed

/** Removed ones too: chats cite them. */
export async function findProduct(context: Context, id: string): Promise<ProductRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(PRODUCT_PREFIX, id)
  const product = uuid === undefined ? undefined : await context.loaders.product.load(uuid)
  return product && (await storeByUuid(context, product.storeId)) ? product : null
}

export async function findOrder(context: Context, id: string): Promise<OrderRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(ORDER_PREFIX, id)
  return ofShopper(context, uuid === undefined ? undefined : await context.loaders.order.load(uuid))
}

export async function findCustomer(context: Context, id: string): Promise<CustomerRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(CUSTOMER_PREFIX, id)
  return ofShopper(context, uuid === undefined ? undefined : await context.loaders.customer.load(uuid))
}

async function ofShopper<Row extends { readonly storeId: string }>(context: Context, row: Row | undefined): Promise<Row | null> {
  const store = row && (await storeByUuid(context, row.storeId))
  return store && maySeeShoppers(context, store) ? row : null
}
