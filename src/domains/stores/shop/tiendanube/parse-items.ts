import { z } from 'zod'
import type { ShopCustomer, ShopInfo, ShopOrder, ShopProduct } from '../shop-api.ts'
import { plainText } from './plain-text.ts'
import { count, cut, decimal, id, instant, type Localised, languageOf, localised, optionalText, textsOf, webAddress } from './values.ts'

/** What the API answers, read into our own shapes. Unknown fields are ignored; what is missing is null where we can do without it. */
export interface Reading {
  /** Of texts that say none. */
  readonly language: string
  /** Of amounts that say none. */
  readonly currency: string
}

const MOST_TAGS = 50
const LONGEST_DESCRIPTION = 20_000
const UNKNOWN = 'unknown'

const list = <Item extends z.ZodType>(item: Item) => z.array(item, { error: 'expected a list' }).nullish()

const variant = z.object({
  id,
  sku: optionalText,
  values: list(localised),
  price: decimal,
  promotional_price: decimal,
  stock_management: z.unknown().optional(),
  stock: count,
})

const product = z.object({
  id,
  name: localised,
  description: localised,
  handle: localised,
  brand: optionalText,
  tags: z.unknown().optional(),
  categories: list(
    z.union([
      z.object({ name: localised }),
      z
        .unknown()
        .optional()
        .transform(() => ({ name: undefined })),
    ]),
  ),
  published: z.unknown().optional(),
  images: list(z.object({ src: webAddress, position: z.unknown().optional() })),
  canonical_url: webAddress,
  variants: list(variant),
  created_at: instant,
  updated_at: instant,
})

export function readProduct(value: unknown, { language }: Reading): ShopProduct {
  const given = product.parse(value)
  const texts = (localisedText: Localised) => textsOf(localisedText, language)
  const handles = texts(given.handle)
  return {
    externalId: given.id,
    name: texts(given.name),
    description: textsOf(given.description, language, (html) => cut(plainText(html), LONGEST_DESCRIPTION)),
    handle: handles[language] ?? Object.values(handles)[0] ?? '',
    brand: given.brand,
    tags: tagsOf(given.tags),
    categories: (given.categories ?? []).map(({ name }) => texts(name)).filter((name) => Object.keys(name).length > 0),
    isPublished: given.published !== false && given.published !== 'false',
    imageUrl: (given.images ?? []).toSorted((left, right) => Number(left.position) - Number(right.position)).find(({ src }) => src !== null)?.src ?? null,
    url: given.canonical_url,
    variants: (given.variants ?? []).map((each) => ({
      externalId: each.id,
      sku: each.sku,
      options: (each.values ?? []).map(texts),
      price: each.price,
      promotionalPrice: each.promotional_price,
      stock: each.stock_management === false ? null : each.stock,
    })),
    createdAt: given.created_at,
    updatedAt: given.updated_at,
  }
}

function tagsOf(value: unknown): readonly string[] {
  const parts = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value.filter((part) => typeof part === 'string') : []
  return [...new Set(parts.map((part) => cut(part, 100)).filter((part) => part !== ''))].slice(0, MOST_TAGS)
}

const order = z.object({
  id,
  number: z.union([id, z.null()]).optional(),
  status: optionalText,
  payment_status: optionalText,
  shipping_status: optionalText,
  currency: optionalText,
  total: decimal,
  customer: z.union([z.object({ id, name: optionalText, email: optionalText }), z.null(), z.array(z.never())]).optional(),
  contact_name: optionalText,
  contact_email: optionalText,
  products: list(
    z.object({
      product_id: z.union([id, z.null()]).optional(),
      variant_id: z.union([id, z.literal(''), z.null()]).optional(),
      name: localised,
      sku: optionalText,
      quantity: count,
      price: decimal,
    }),
  ),
  created_at: instant,
  updated_at: instant,
})

export function readOrder(value: unknown, { language, currency }: Reading): ShopOrder {
  const given = order.parse(value)
  const customer = given.customer && !Array.isArray(given.customer) ? given.customer : undefined
  return {
    externalId: given.id,
    number: given.number ?? given.id,
    status: given.status ?? UNKNOWN,
    paymentStatus: given.payment_status ?? UNKNOWN,
    shippingStatus: given.shipping_status ?? UNKNOWN,
    currency: given.currency ?? currency,
    total: given.total ?? '0.00',
    customerExternalId: customer?.id ?? null,
    contactName: given.contact_name ?? customer?.name ?? null,
    contactEmail: given.contact_email ?? customer?.email ?? null,
    lines: (given.products ?? []).map((line) => {
      const names = textsOf(line.name, language)
      return {
        productExternalId: line.product_id ?? null,
        variantExternalId: line.variant_id || null,
        name: names[language] ?? Object.values(names)[0] ?? '',
        sku: line.sku,
        quantity: line.quantity ?? 1,
        price: line.price ?? '0.00',
      }
    }),
    createdAt: given.created_at,
    updatedAt: given.updated_at,
  }
}

const customer = z.object({
  id,
  name: optionalText,
  email: optionalText,
  phone: optionalText,
  total_spent: decimal,
  total_spent_currency: optionalText,
  created_at: instant,
  updated_at: instant,
})

export function readCustomer(value: unknown): ShopCustomer {
  const given = customer.parse(value)
  return {
    externalId: given.id,
    name: given.name ?? '',
    email: given.email,
    phone: given.phone,
    totalSpent: given.total_spent,
    currency: given.total_spent_currency,
    createdAt: given.created_at,
    updatedAt: given.updated_at,
  }
}

const withId = z.object({ id })
export const readId = (value: unknown): string => withId.parse(value).id

const store = z.object({
  id,
  name: localised,
  main_language: optionalText,
  main_currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency such as ARS'),
  original_domain: optionalText,
  domains: list(z.unknown().optional()),
})

export function readStore(value: unknown, fallbackLanguage: string): ShopInfo {
  const given = store.parse(value)
  const language = languageOf(given.main_language ?? '') ?? fallbackLanguage
  const names = textsOf(given.name, language)
  const domain = [...(given.domains ?? []), given.original_domain].find((each) => typeof each === 'string' && /^[\p{L}\p{N}.-]{1,253}$/u.test(each))
  return {
    externalId: given.id,
    name: names[language] ?? Object.values(names)[0] ?? given.id,
    language,
    currency: given.main_currency,
    publicUrl: typeof domain === 'string' && URL.canParse(`https://${domain}`) ? new URL(`https://${domain}`).origin : null,
  }
}
