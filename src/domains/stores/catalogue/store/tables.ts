import type { CatalogueKind } from '../../records.ts'

/** Where the rows of each kind are. */
export const TABLES = { products: 'product', orders: 'shop_order', customers: 'shop_customer' } as const satisfies Record<CatalogueKind, string>

/** One value for each kind; for statements, which have a table in their text. */
export const perKind = <Value>(make: (kind: CatalogueKind) => Value): Readonly<Record<CatalogueKind, Value>> => ({
  products: make('products'),
  orders: make('orders'),
  customers: make('customers'),
})

/** What a statement is about. */
export interface Target {
  readonly operationId: string
  readonly storeId: string
  readonly kind: CatalogueKind
}
