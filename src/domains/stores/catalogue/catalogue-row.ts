import { newUuid, newUuidAt } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { OrderLine } from '../records.ts'
import type { ShopCustomer, ShopOrder, ShopProduct } from '../shop/shop-api.ts'
import { clean, cleanDecimal, cleanInstant, cleanInteger, cleanList, cleanOrNull, cleanTexts, hashOf, instantOf, LIMITS } from './clean.ts'

/**
 * A row as the statements take it: keys are columns. `id` is for a row that is new; one that is known keeps its own. It begins with when the
 * shop made the thing, so that the order of ids is the order that people expect. The content's hash leaves out when the shop touched it
 * last: shops touch everything at times, and nothing has changed then.
 */
export interface CatalogueRow extends JsonObject {
  readonly id: string
  readonly external_id: string
  readonly content_hash: string
  readonly document_hash: string
}

export interface VariantRow extends JsonObject {
  readonly id: string
  readonly external_id: string
}

const idAt = (createdAt: string | null): string => {
  const ms = instantOf(createdAt)
  return ms === undefined ? newUuid() : newUuidAt(ms)
}

const code = (text: string): string => clean(text, LIMITS.code)
const line = (text: string): string => clean(text, LIMITS.line)
const lineOrNull = (text: string | null): string | null => cleanOrNull(text, LIMITS.line)

const instants = (item: { readonly createdAt: string | null; readonly updatedAt: string | null }) => ({
  shop_created_at: cleanInstant(item.createdAt),
  shop_updated_at: cleanInstant(item.updatedAt),
})

export function toProductRow(product: ShopProduct): CatalogueRow {
  const variants = product.variants.slice(0, LIMITS.parts).map((variant, index) => ({
    external_id: code(variant.externalId),
    position: index + 1,
    sku: lineOrNull(variant.sku),
    options: cleanList(variant.options),
    price: cleanDecimal(variant.price),
    promotional_price: cleanDecimal(variant.promotionalPrice),
    stock: variant.stock === null ? null : cleanInteger(variant.stock),
  }))
  const shown = {
    name: cleanTexts(product.name, LIMITS.line),
    description: cleanTexts(product.description, LIMITS.text),
    handle: line(product.handle),
    brand: lineOrNull(product.brand),
    tags: product.tags.slice(0, LIMITS.labels).map(line),
    categories: cleanList(product.categories),
    is_published: product.isPublished,
    price: cheapest(variants),
  }
  const rest = {
    image_url: cleanOrNull(product.imageUrl, LIMITS.url),
    url: cleanOrNull(product.url, LIMITS.url),
    stock: stockOf(variants),
    shop_created_at: cleanInstant(product.createdAt),
  }
  return {
    id: idAt(product.createdAt),
    external_id: code(product.externalId),
    ...shown,
    ...rest,
    shop_updated_at: cleanInstant(product.updatedAt),
    variants: variants.map((variant) => ({ id: newUuid(), ...variant })),
    content_hash: hashOf({ shown, rest, variants }),
    document_hash: hashOf({ shown, variants: variants.map(({ sku, options }) => ({ sku, options })) }),
  }
}

export function toOrderRow(order: ShopOrder): CatalogueRow {
  const content = {
    number: code(order.number),
    status: code(order.status),
    payment_status: code(order.paymentStatus),
    shipping_status: code(order.shippingStatus),
    currency: code(order.currency),
    total: cleanDecimal(order.total) ?? '0.00',
    customer_external_id: cleanOrNull(order.customerExternalId, LIMITS.code),
    contact_name: lineOrNull(order.contactName),
    contact_email: lineOrNull(order.contactEmail),
    lines: order.lines.slice(0, LIMITS.parts).map(cleanLine),
  }
  const { number, contact_name, contact_email, lines } = content
  const searched = { number, contact_name, contact_email, lines: lines.map(({ name, sku }) => ({ name, sku })) }
  return { id: idAt(order.createdAt), external_id: code(order.externalId), ...content, ...instants(order), ...hashes(content, searched, order.createdAt) }
}

const cleanLine = (one: OrderLine) => ({
  productExternalId: cleanOrNull(one.productExternalId, LIMITS.code),
  variantExternalId: cleanOrNull(one.variantExternalId, LIMITS.code),
  name: line(one.name),
  sku: lineOrNull(one.sku),
  quantity: cleanInteger(one.quantity),
  price: cleanDecimal(one.price) ?? '0.00',
})

export function toCustomerRow(customer: ShopCustomer): CatalogueRow {
  const searched = { name: line(customer.name), email: lineOrNull(customer.email), phone: lineOrNull(customer.phone) }
  const content = { ...searched, total_spent: cleanDecimal(customer.totalSpent), currency: cleanOrNull(customer.currency, LIMITS.code) }
  return {
    id: idAt(customer.createdAt),
    external_id: code(customer.externalId),
    ...content,
    ...instants(customer),
    ...hashes(content, searched, customer.createdAt),
  }
}

const hashes = (content: object, searched: object, createdAt: string | null) => ({
  content_hash: hashOf({ content, createdAt: cleanInstant(createdAt) }),
  document_hash: hashOf(searched),
})

interface Priced {
  readonly price: string | null
  readonly promotional_price: string | null
  readonly stock: number | null
}

/** What the cheapest variant costs now; compared as numbers, which err only beyond amounts that have a price tag. */
function cheapest(variants: readonly Priced[]): string | null {
  const prices = variants.map(({ price, promotional_price }) => (Number(promotional_price) > 0 ? promotional_price : price)).filter((price) => price !== null)
  return prices.reduce<string | null>((least, price) => (least === null || Number(price) < Number(least) ? price : least), null)
}

/** One variant that is not counted makes the whole uncountable. */
function stockOf(variants: readonly Priced[]): number | null {
  let sum = 0
  for (const { stock } of variants) {
    if (stock === null) return null
    sum += stock
  }
  return variants.length === 0 ? null : cleanInteger(sum)
}
