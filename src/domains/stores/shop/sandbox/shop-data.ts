import type { JsonObject } from '../../../../base/json.ts'
import type { CatalogueKind } from '../../records.ts'
import { seedOf } from './chance.ts'
import { FIRST_CUSTOMER_ID, FIRST_ORDER_ID, makeCustomer, makeOrder } from './make-order.ts'
import { FIRST_PRODUCT_ID, type Making, makeProduct } from './make-product.ts'

/** What a shop has, as its REST API shows it. */
export interface ShopData {
  /** The answer to `GET /store`. */
  readonly store: JsonObject
  readonly collections: Readonly<Record<CatalogueKind, ShopCollection>>
}

/** Things of one kind, by id from the smallest on. */
export interface ShopCollection {
  readonly length: number
  idAt(index: number): number
  /** Milliseconds since the epoch. */
  updatedAt(index: number): number
  itemAt(index: number): JsonObject
}

export interface ShopDataParams {
  readonly name: string
  readonly products: number
  readonly orders: number
  readonly customers: number
  readonly seed: number
}

export const SHOP_CURRENCY = 'ARS'
const SANDBOX_SIZE = { products: 120, orders: 60, customers: 40 }
/** Before anybody connects it; things are a minute apart from each other. */
const FOUNDED_AT = Date.UTC(2025, 0, 15, 12)
const MINUTE_MS = 60_000

/** A shop that follows from its parameters alone, and keeps nothing in memory. */
export function makeShopData({ name, products, orders, customers, seed }: ShopDataParams): ShopData {
  const sources = { currency: SHOP_CURRENCY, products, customers }
  return {
    store: {
      id: 1_000_000 + (Math.abs(seed) % 1_000_000),
      name: { es: name, en: name },
      description: { es: 'Tienda de prueba (sandbox): nada de esto se vende.', en: 'A sandbox shop: none of this is for sale.' },
      main_language: 'es',
      main_currency: SHOP_CURRENCY,
      original_domain: 'sandbox.invalid',
      country: 'AR',
    },
    collections: {
      products: made({ seed, length: products, firstId: FIRST_PRODUCT_ID, make: makeProduct }),
      orders: made({ seed, length: orders, firstId: FIRST_ORDER_ID, make: (making) => makeOrder(making, sources) }),
      customers: made({ seed, length: customers, firstId: FIRST_CUSTOMER_ID, make: (making) => makeCustomer(making, SHOP_CURRENCY) }),
    },
  }
}

/** The sandbox shop of a name: always the same for the same slug. */
export const sandboxData = (name: string, slug: string): ShopData =>
  makeShopData({ ...SANDBOX_SIZE, name: /\(sandbox\)$/i.test(name) ? name : `${name} (sandbox)`, seed: seedOf(slug) })

interface MadeParams {
  readonly seed: number
  readonly length: number
  readonly firstId: number
  readonly make: (making: Making) => JsonObject
}

function made({ seed, length, firstId, make }: MadeParams): ShopCollection {
  const updatedAt = (index: number) => FOUNDED_AT + index * MINUTE_MS
  return { length, updatedAt, idAt: (index) => firstId + index, itemAt: (index) => make({ seed, index, updatedAt: updatedAt(index) }) }
}
