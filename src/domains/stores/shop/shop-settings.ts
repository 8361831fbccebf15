import type { StorePlatform } from '../records.ts'

/** As the configuration says. */
export interface ShopSettings {
  /** Whose consent page users see; `undefined`: shops are connected by tokens alone. */
  readonly app: { readonly id: string; readonly secret: string } | undefined
  /** Without a slash at their end. */
  readonly authUrl: string
  readonly apiUrl: string
  readonly userAgent: string
  /** Where users' shops may be though they are private. */
  readonly allowedPrivateHosts: readonly string[]
}

/** What is kept of an offer, whoever made it. */
export interface KeptOffer {
  readonly ownerId: string
  readonly tenantId: string | null
  /** null: as the store is called already, or `fallbackName`. */
  readonly name: string | null
  readonly fallbackName: string
  readonly platform: StorePlatform
  readonly baseUrl: string
  readonly token: string
  readonly idempotencyKey?: string | undefined
}

/** Of a store whose owner gave no name, until its shop says one. */
export const fallbackNameOf = (externalId: string): string => `Tiendanube ${externalId}`
