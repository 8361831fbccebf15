import type { CustomerFacts, OrderFacts, ProductFacts, Texts } from '../records.ts'

/**
 * A shop's own API, as this domain sees it, whatever platform it is on. Calls wait out rate limits and repeat what failed for a moment; what
 * they throw then is an error of `shop-errors.ts`.
 */
export interface ShopApi {
  /** Who the shop is; also the cheapest way to find out whether its token is good. */
  info(signal: AbortSignal): Promise<ShopInfo>
  products(request: PageRequest): Promise<ShopPage<ShopProduct>>
  orders(request: PageRequest): Promise<ShopPage<ShopOrder>>
  customers(request: PageRequest): Promise<ShopPage<ShopCustomer>>
  /** Ids alone, for finding what is gone. */
  ids(kind: 'products' | 'orders' | 'customers', request: PageRequest): Promise<ShopPage<string>>
}

export interface PageRequest {
  /** `next` of the page before; `undefined`: the first page. Lasting: it may be stored, and used by another process. */
  readonly page?: string | undefined
  /** Only what was changed at or after this instant, by the shop's clock; not with `page`, which carries it. */
  readonly changedSince?: Date | undefined
  readonly signal: AbortSignal
}

export interface ShopPage<Item> {
  readonly items: readonly Item[]
  /** Of all pages, as the shop says. */
  readonly total: number
  /** `undefined`: this is the last page. */
  readonly next: string | undefined
  /** When the shop answered, by its own clock. */
  readonly at: Date
}

export interface ShopInfo {
  /** The shop's own id. */
  readonly externalId: string
  readonly name: string
  /** ISO 639-1. */
  readonly language: string
  /** ISO 4217. */
  readonly currency: string
  readonly publicUrl: string | null
}

export interface ShopProduct extends ProductFacts {
  readonly name: Texts
  /** Plain text: markup is taken out. */
  readonly description: Texts
  readonly variants: readonly ShopVariant[]
  /** ISO 8601. */
  readonly createdAt: string | null
  readonly updatedAt: string | null
}

export interface ShopVariant {
  readonly externalId: string
  readonly sku: string | null
  readonly options: readonly Texts[]
  /** Exact decimals with two digits. */
  readonly price: string | null
  readonly promotionalPrice: string | null
  /** null: not counted. */
  readonly stock: number | null
}

export interface ShopOrder extends OrderFacts {
  readonly createdAt: string | null
  readonly updatedAt: string | null
}

export interface ShopCustomer extends CustomerFacts {
  readonly createdAt: string | null
  readonly updatedAt: string | null
}
