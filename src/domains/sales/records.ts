import type { Actor } from '../../base/actor.ts'

/** pending: its payment is not confirmed yet. */
export const SALE_STATES = ['pending', 'approved', 'canceled'] as const
export type SaleState = (typeof SALE_STATES)[number]

/** Where it was sold. */
export const SALE_CHANNELS = ['online', 'store', 'marketplace', 'phone', 'chat'] as const
export type SaleChannel = (typeof SALE_CHANNELS)[number]

/** Prefix of ids of the API. */
export const SALE_PREFIX = 'sale'

export interface SaleLine {
  readonly sku: string
  readonly name: string
  readonly quantity: number
  /** Exact decimal with all minor digits of the currency. */
  readonly unitPrice: string
}

/** What a seller says of a sale; checked, with amounts in their one form. */
export interface SaleContent {
  readonly reference: string
  readonly customer: string
  readonly channel: SaleChannel
  /** ISO 4217. */
  readonly currency: string
  readonly lines: readonly SaleLine[]
}

/** A sale at one version. Ids are UUIDs. */
export interface SaleRecord extends SaleContent {
  readonly id: string
  readonly state: SaleState
  /** Sum of the lines, exact decimal with all minor digits of the currency. */
  readonly total: string
  /** How many events told of it: 1, 2, 3 …. */
  readonly version: number
  readonly paymentReference: string | null
  readonly cancelReason: string | null
  readonly createdBy: Actor
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Whose sales somebody may see. */
export type SaleVisibility = { readonly kind: 'all' } | { readonly kind: 'creator'; readonly creatorId: string }
