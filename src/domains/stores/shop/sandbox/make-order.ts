import type { JsonObject } from '../../../../base/json.ts'
import { chance, chosen, pick } from './chance.ts'
import { basicsOf, iso, type Making } from './make-product.ts'
import { FIRST_NAMES, LAST_NAMES } from './words/people.ts'

/** Customers and orders as the REST API shows them; whoever has ordered has done it at `example.com`, which reaches nobody. */
export const FIRST_CUSTOMER_ID = 5_200_001
export const FIRST_ORDER_ID = 880_000_001
const FIRST_ORDER_NUMBER = 100
const DAY_MS = 86_400_000

function personOf(seed: number, index: number) {
  const [first, last] = [pick(FIRST_NAMES, seed, index, 11), pick(LAST_NAMES, seed, index, 12)]
  const plain = `${first}.${last}`.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return { id: FIRST_CUSTOMER_ID + index, name: `${first} ${last}`, email: `${plain}.${index + 1}@example.com` }
}

export function makeCustomer({ seed, index, updatedAt }: Making, currency: string): JsonObject {
  return {
    ...personOf(seed, index),
    phone: chance(seed, index, 13) < 0.8 ? `+54 11 5550-${String(1_000 + (index % 9_000))}` : null,
    total_spent: `${chosen(400, seed, index, 14) * 1_000}.00`,
    total_spent_currency: currency,
    created_at: iso(updatedAt - 90 * DAY_MS),
    updated_at: iso(updatedAt),
  }
}

const STATES: readonly (readonly [status: string, payment: string, shipping: string])[] = [
  ['open', 'pending', 'unpacked'],
  ['open', 'paid', 'unpacked'],
  ['open', 'paid', 'shipped'],
  ['closed', 'paid', 'delivered'],
  ['closed', 'paid', 'delivered'],
  ['cancelled', 'refunded', 'unpacked'],
]

export interface OrderSources {
  readonly currency: string
  /** How many products and customers the shop began with. */
  readonly products: number
  readonly customers: number
}

export function makeOrder({ seed, index, updatedAt }: Making, { currency, products, customers }: OrderSources): JsonObject {
  const [status, payment, shipping] = pick(STATES, seed, index, 21)
  const lines = products === 0 ? [] : Array.from({ length: 1 + chosen(3, seed, index, 22) }, (_, at) => makeLine(seed, index, { at, products }))
  const cents = lines.reduce((sum, { price, quantity }) => sum + BigInt(price.replace('.', '')) * BigInt(quantity), 0n)
  const person = customers === 0 ? undefined : personOf(seed, chosen(customers, seed, index, 23))
  return {
    id: FIRST_ORDER_ID + index,
    number: FIRST_ORDER_NUMBER + index,
    status,
    payment_status: payment,
    shipping_status: shipping,
    currency,
    subtotal: decimal(cents),
    total: decimal(cents),
    customer: person ? { ...person } : null,
    contact_name: person?.name ?? null,
    contact_email: person?.email ?? null,
    products: lines,
    created_at: iso(updatedAt - DAY_MS),
    updated_at: iso(updatedAt),
  }
}

function makeLine(seed: number, index: number, { at, products }: { readonly at: number; readonly products: number }) {
  const { id, variantId, name, price, sku } = basicsOf(seed, chosen(products, seed, index, 24, at))
  return { product_id: id, variant_id: variantId, name: name.es, price, sku, quantity: 1 + chosen(3, seed, index, 25, at) }
}

const decimal = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
