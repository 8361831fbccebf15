import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { CustomerRecord, OrderRecord, ProductRecord, VariantRecord } from '../../records.ts'
import { CUSTOMER_COLUMNS, ORDER_COLUMNS, PRODUCT_COLUMNS, VARIANT_COLUMNS } from './row-columns.ts'

const FIND_PRODUCTS = statement('stores_find_products', `select ${PRODUCT_COLUMNS} from product r where r.id = any($1::uuid[])`)
const FIND_ORDERS = statement('stores_find_orders', `select ${ORDER_COLUMNS} from shop_order r where r.id = any($1::uuid[]) and r.removed_at is null`)
const FIND_CUSTOMERS = statement(
  'stores_find_customers',
  `select ${CUSTOMER_COLUMNS} from shop_customer r where r.id = any($1::uuid[]) and r.removed_at is null`,
)
const FIND_VARIANTS = statement(
  'stores_find_variants',
  `select ${VARIANT_COLUMNS} from product_variant r where r.product_id = any($1::uuid[]) order by r.product_id, r.position`,
)

const inOrder = <Row extends { readonly id: string }>(ids: readonly string[], rows: readonly Row[]): readonly (Row | undefined)[] => {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id))
}

/** In the order asked; removed ones too, because chats cite them: `removedAt` tells. */
export const findProducts = async (executor: Executor, ids: readonly string[]): Promise<readonly (ProductRecord | undefined)[]> =>
  inOrder(ids, await executor.run<ProductRecord>(FIND_PRODUCTS, [ids]))

/** In the order asked. */
export const findOrders = async (executor: Executor, ids: readonly string[]): Promise<readonly (OrderRecord | undefined)[]> =>
  inOrder(ids, await executor.run<OrderRecord>(FIND_ORDERS, [ids]))

/** In the order asked. */
export const findCustomers = async (executor: Executor, ids: readonly string[]): Promise<readonly (CustomerRecord | undefined)[]> =>
  inOrder(ids, await executor.run<CustomerRecord>(FIND_CUSTOMERS, [ids]))

/** The variants of each product, in the order of the shop; those of the first product first. */
export async function findVariants(executor: Executor, productIds: readonly string[]): Promise<readonly (readonly VariantRecord[])[]> {
  const byProduct = Map.groupBy(await executor.run<VariantRecord>(FIND_VARIANTS, [productIds]), ({ productId }) => productId)
  return productIds.map((id) => byProduct.get(id) ?? [])
}
