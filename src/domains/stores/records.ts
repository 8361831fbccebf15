import type { JsonObject } from '../../base/json.ts'

/** What the domain knows of connected shops. Ids are UUIDs unless they are called external: those are the shop's own. */
export const STORE_PREFIX = 'store'
export const PRODUCT_PREFIX = 'product'
export const ORDER_PREFIX = 'order'
export const CUSTOMER_PREFIX = 'customer'
export const CHAT_MESSAGE_PREFIX = 'message'

export const STORE_PLATFORMS = ['tiendanube', 'sandbox'] as const
export type StorePlatform = (typeof STORE_PLATFORMS)[number]

export const STORE_STATUSES = ['disconnected', 'connecting', 'connected', 'reconnecting', 'unauthorized'] as const
export type StoreStatus = (typeof STORE_STATUSES)[number]

/** What a catalogue consists of. */
export const CATALOGUE_KINDS = ['products', 'orders', 'customers'] as const
export type CatalogueKind = (typeof CATALOGUE_KINDS)[number]

/** Texts by ISO 639-1 language: `{ es: 'Remera', en: 'T-shirt' }`. */
export type Texts = Readonly<Record<string, string>>

export interface StoreRecord {
  readonly id: string
  readonly ownerId: string
  readonly tenantId: string | null
  readonly name: string
  readonly platform: StorePlatform
  readonly baseUrl: string
  readonly status: StoreStatus
  readonly credentialId: string | null
  readonly language: string | null
  readonly currency: string | null
  readonly publicUrl: string | null
  readonly productCount: number
  readonly orderCount: number
  readonly customerCount: number
  readonly lastSyncedAt: Date | null
  readonly catalogueRevision: number
  readonly indexedRevision: number | null
  readonly searchGeneration: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What a shop says of a product. */
export interface ProductFacts {
  readonly externalId: string
  readonly handle: string
  readonly brand: string | null
  readonly tags: readonly string[]
  readonly categories: readonly Texts[]
  readonly isPublished: boolean
  readonly imageUrl: string | null
  readonly url: string | null
}

export interface ProductRecord extends ProductFacts {
  readonly id: string
  readonly storeId: string
  readonly name: Texts
  readonly description: Texts
  /** Exact decimal, in the store's currency. */
  readonly price: string | null
  readonly stock: number | null
  readonly removedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface VariantRecord {
  readonly id: string
  readonly productId: string
  readonly externalId: string
  readonly sku: string | null
  readonly options: readonly Texts[]
  readonly price: string | null
  readonly promotionalPrice: string | null
  readonly stock: number | null
}

export interface OrderLine extends JsonObject {
  readonly productExternalId: string | null
  readonly variantExternalId: string | null
  readonly name: string
  readonly sku: string | null
  readonly quantity: number
  readonly price: string
}

/** What a shop says of an order. */
export interface OrderFacts {
  readonly externalId: string
  readonly number: string
  readonly status: string
  readonly paymentStatus: string
  readonly shippingStatus: string
  readonly currency: string
  readonly total: string
  readonly customerExternalId: string | null
  readonly contactName: string | null
  readonly contactEmail: string | null
  readonly lines: readonly OrderLine[]
}

export interface OrderRecord extends OrderFacts {
  readonly id: string
  readonly storeId: string
  readonly shopCreatedAt: Date | null
  readonly removedAt: Date | null
  readonly updatedAt: Date
}

/** What a shop says of a customer. */
export interface CustomerFacts {
  readonly externalId: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly totalSpent: string | null
  readonly currency: string | null
}

export interface CustomerRecord extends CustomerFacts {
  readonly id: string
  readonly storeId: string
  readonly removedAt: Date | null
  readonly updatedAt: Date
}

/** The text in the language that fits best: one of those asked for, in their order, else any. */
export function textIn(texts: Texts, ...languages: readonly (string | null)[]): string {
  for (const language of languages) {
    const text = language === null ? undefined : texts[language]
    if (text) return text
  }
  return Object.values(texts).find((text) => text !== '') ?? ''
}
