import type { Database } from '../../../database/database.ts'
import type { CustomerRecord, OrderRecord, ProductRecord, VariantRecord } from '../records.ts'
import { findCustomers, findOrders, findProducts, findVariants } from './store/find-rows.ts'
import { listCustomers } from './store/list-customers.ts'
import { listOrders } from './store/list-orders.ts'
import { type ListProductsParams, listProducts } from './store/list-products.ts'
import type { ListRowsParams, RowPage } from './store/list-rows.ts'

/** What the API reads of catalogues. Who may see a store is decided before: ids are not checked against an owner here. */
export interface CatalogueReads {
  /** Newest first by the shop's clock; no removed ones. */
  listProducts(params: ListProductsParams): Promise<RowPage<ProductRecord>>
  listOrders(params: ListRowsParams): Promise<RowPage<OrderRecord>>
  listCustomers(params: ListRowsParams): Promise<RowPage<CustomerRecord>>
  /** In the order asked; removed ones too (`removedAt`), because chats cite them. */
  findProducts(ids: readonly string[]): Promise<readonly (ProductRecord | undefined)[]>
  /** In the order asked; no removed ones. */
  findOrders(ids: readonly string[]): Promise<readonly (OrderRecord | undefined)[]>
  findCustomers(ids: readonly string[]): Promise<readonly (CustomerRecord | undefined)[]>
  /** The variants of each product, in the shop's order. */
  findVariants(productIds: readonly string[]): Promise<readonly (readonly VariantRecord[])[]>
}

export const createCatalogueReads = (database: Database): CatalogueReads => ({
  listProducts: (params) => listProducts(database, params),
  listOrders: (params) => listOrders(database, params),
  listCustomers: (params) => listCustomers(database, params),
  findProducts: (ids) => findProducts(database, ids),
  findOrders: (ids) => findOrders(database, ids),
  findCustomers: (ids) => findCustomers(database, ids),
  findVariants: (productIds) => findVariants(database, productIds),
})
