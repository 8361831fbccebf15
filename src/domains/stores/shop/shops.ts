import type { Actor } from '../../../base/actor.ts'
import type { Transaction } from '../../../database/database.ts'
import type { StorePlatform } from '../records.ts'
import type { ShopApi, ShopInfo } from './shop-api.ts'

/** How a store's shop is reached: its client, with the token that is kept for it. */
export interface Shops {
  /**
   * The shop of a store. With `credentialId`: by that credential, else by the store's own. Throws `PermanentError` with a sentence: STORE_GONE, NO_CREDENTIAL,
   * TOKEN_SEALED (the key that sealed the token is missing or wrong).
   */
  open(storeId: string, credentialId?: string): Promise<ShopApi>
  /** Makes a validated credential the store's own, with what the shop said of itself; its other credentials are forgotten. */
  accept(transaction: Transaction, accepted: { readonly storeId: string; readonly credentialId: string; readonly info: ShopInfo }): Promise<void>
}

/** How stores come to be: by a token that somebody typed, or by the shop's consent page (OAuth). */
export interface ShopConnections extends Shops {
  /** Finds or makes the owner's store of this shop and keeps the token as a candidate, which nothing uses until it is accepted. Throws `InvalidInputError`. */
  offer(offer: TokenOffer): Promise<Offered>
  /** A link to the platform's consent page, for one use within ten minutes. Throws `InvalidInputError` where the platform is not configured. */
  installLink(request: InstallRequest): Promise<{ readonly url: string; readonly expiresAt: Date }>
}

export interface TokenOffer {
  readonly ownerId: string
  readonly tenantId: string | null
  readonly name: string
  readonly platform: StorePlatform
  /** Address of the shop's API; a sandbox shop has none. */
  readonly baseUrl?: string | undefined
  readonly accessToken?: string | undefined
  /** The same key again brings the same credential. */
  readonly idempotencyKey?: string | undefined
}

export interface Offered {
  readonly storeId: string
  readonly credentialId: string
  /** It was connected before: STORE_RECONNECTION is what it needs. */
  readonly wasConnected: boolean
}

export interface InstallRequest {
  readonly ownerId: string
  readonly tenantId: string | null
  readonly actor: Actor
  readonly platform: StorePlatform
  /** Of the store; by default as the shop calls itself. */
  readonly name?: string | undefined
}
