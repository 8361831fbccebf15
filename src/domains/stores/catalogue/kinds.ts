import type { CatalogueKind } from '../records.ts'
import type { PageRequest, ShopApi, ShopPage } from '../shop/shop-api.ts'
import { type CatalogueRow, toCustomerRow, toOrderRow, toProductRow } from './catalogue-row.ts'

/** A page of the shop as rows: one for each id, the last of those that share one. */
export interface RowsPage {
  readonly rows: readonly CatalogueRow[]
  /** Items that the shop sent. */
  readonly received: number
  readonly total: number
  readonly next: string | undefined
  readonly at: Date
}

type ReadPage = (shop: ShopApi, request: PageRequest) => Promise<RowsPage>

const pageOf = <Item>(page: ShopPage<Item>, toRow: (item: Item) => CatalogueRow): RowsPage => {
  const rows = new Map<string, CatalogueRow>()
  for (const item of page.items) {
    const row = toRow(item)
    if (row.external_id !== '') rows.set(row.external_id, row)
  }
  return { rows: [...rows.values()], received: page.items.length, total: page.total, next: page.next, at: page.at }
}

export const READ_PAGE: Readonly<Record<CatalogueKind, ReadPage>> = {
  products: async (shop, request) => pageOf(await shop.products(request), toProductRow),
  orders: async (shop, request) => pageOf(await shop.orders(request), toOrderRow),
  customers: async (shop, request) => pageOf(await shop.customers(request), toCustomerRow),
}

export const LABELS: Readonly<Record<CatalogueKind, string>> = { products: 'Products', orders: 'Orders', customers: 'Customers' }
