import { newUuid } from '../../../../src/base/ids.ts'
import type { Database, Executor } from '../../../../src/database/database.ts'
import type { StoreRecord, Texts } from '../../../../src/domains/stores/records.ts'
import type { SearchIndex } from '../../../../src/domains/stores/search/search-index.ts'
import { findStores } from '../../../../src/domains/stores/store/find-stores.ts'

/** Shops for tests of what is said about them, and a search that is good enough for that. */
export interface ShopProductSeed {
  readonly name: Texts
  readonly description?: Texts
  readonly categories?: readonly Texts[]
  readonly price?: string | null
  readonly stock?: number | null
  readonly isPublished?: boolean
  readonly isRemoved?: boolean
  /** Options, price, stock. */
  readonly variants?: readonly (readonly [readonly Texts[], string, number | null])[]
}

export interface ShopOrderSeed {
  readonly number: string
  readonly contactName?: string
  readonly product?: string
  readonly createdAt?: string
}

export interface ShopSeed {
  readonly ownerId?: string
  readonly name?: string
  readonly language?: string | null
  readonly currency?: string | null
  readonly products?: readonly ShopProductSeed[]
  readonly orders?: readonly ShopOrderSeed[]
  /** By default its index is as new as its catalogue. */
  readonly indexedRevision?: number | null
}

export interface Shop {
  readonly store: StoreRecord
  /** Ids, in the order of the seed. */
  readonly products: readonly string[]
  readonly orders: readonly string[]
}

const HASH = Buffer.alloc(32)
const run = (database: Executor, name: string, text: string, values: readonly unknown[]) => database.run({ name: `test_seed_${name}`, text }, values)

export async function seedShop(database: Database, seed: ShopSeed = {}): Promise<Shop> {
  const { ownerId = 'ana', name = 'Lanas del Sur', language = 'es', currency = 'ARS', products = [], orders = [], indexedRevision = 1 } = seed
  const id = newUuid()
  await run(
    database,
    'store',
    `insert into store (id, owner_id, name, platform, base_url, status, language, currency, catalogue_revision, indexed_revision)
     values ($1, $2, $3, 'sandbox', $4, 'connected', $5, $6, 1, $7)`,
    [id, ownerId, name, `sandbox:${id}`, language, currency, indexedRevision],
  )
  const productIds = []
  for (const product of products) productIds.push(await seedProduct(database, id, product))
  const orderIds = []
  for (const order of orders) orderIds.push(await seedOrder(database, id, order))
  const [store] = await findStores(database, [id])
  if (!store) throw new Error('expected the store that was made')
  return { store, products: productIds, orders: orderIds }
}

export async function seedProduct(database: Database, storeId: string, product: ShopProductSeed): Promise<string> {
  const id = newUuid()
  const { name, description = {}, categories = [], price = null, stock = null, isPublished = true, isRemoved = false, variants = [] } = product
  await run(
    database,
    'product',
    `insert into product (id, store_id, external_id, name, description, handle, tags, categories, is_published, price, stock, content_hash, document_hash, removed_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $3, '{}', $6::jsonb, $7, $8::numeric, $9, $10, $10, case when $11::bool then now() end)`,
    [id, storeId, id, JSON.stringify(name), JSON.stringify(description), JSON.stringify(categories), isPublished, price, stock, HASH, isRemoved],
  )
  for (const [position, [options, variantPrice, variantStock]] of variants.entries())
    await run(
      database,
      'variant',
      `insert into product_variant (id, product_id, store_id, external_id, position, options, price, stock) values ($1, $2, $3, $4, $5, $6::jsonb, $7::numeric, $8)`,
      [newUuid(), id, storeId, `${id}-${position}`, position, JSON.stringify(options), variantPrice, variantStock],
    )
  return id
}

async function seedOrder(
  database: Database,
  storeId: string,
  { number, contactName = 'Ana López', product = 'Remera', createdAt }: ShopOrderSeed,
): Promise<string> {
  const id = newUuid()
  const line = { productExternalId: null, variantExternalId: null, name: product, sku: null, quantity: 2, price: '6250.25' }
  await run(
    database,
    'order',
    `insert into shop_order (id, store_id, external_id, number, status, payment_status, shipping_status, currency, total, contact_name, contact_email, lines,
       shop_created_at, content_hash, document_hash)
     values ($1, $2, $3, $4, 'open', 'paid', 'shipped', 'ARS', 12500.50, $5, 'ana.secret@example.com', $6::jsonb, $7::timestamptz, $8, $8)`,
    [id, storeId, id, number, contactName, JSON.stringify([line]), createdAt ?? '2024-05-01T10:00:00Z', HASH],
  )
  return id
}

/** Any longer word of the question (its first four letters) in the name: removed and unpublished products too, which the chat must leave out itself. */
export function fakeSearch(database: Database): Pick<SearchIndex, 'find' | 'findOrders'> {
  const parts = (text: string) => (text.match(/[\p{L}\p{N}]{3,}/gu) ?? []).map((word) => `%${word.slice(0, 4)}%`)
  return {
    find: async ({ storeId, text, limit }) => {
      const rows = await database.run<{ id: string; name: string }>(
        { name: 'test_find', text: `select id, name::text from product where store_id = $1 and name::text ilike any($2::text[]) order by id limit $3` },
        [storeId, parts(text), limit],
      )
      return rows.map(({ id, name }) => ({ productId: id, score: 1, highlight: name, language: 'es' }))
    },
    findOrders: async ({ storeId, text, limit }) => {
      const rows = await database.run<{ id: string }>(
        {
          name: 'test_find_orders',
          text: `select id from shop_order where store_id = $1 and (number = any($3::text[]) or contact_name ilike any($2::text[]) or lines::text ilike any($2::text[]))
            order by shop_created_at desc limit $4`,
        },
        [storeId, parts(text), text.split(/\s+/), limit],
      )
      return rows.map(({ id }) => id)
    },
  }
}

const sizes = (stock: readonly [number, number]): NonNullable<ShopProductSeed['variants']> => [
  [[{ es: 'Roja', en: 'Red' }, { es: 'M' }], '12500.50', stock[0]],
  [[{ es: 'Azul', en: 'Blue' }, { es: 'L' }], '13000.00', stock[1]],
]

/** A small shop of clothes. */
export const CLOTHES: ShopSeed = {
  products: [
    {
      name: { es: 'Remera lisa', en: 'Plain T-shirt' },
      description: { es: 'De algodón peinado.', en: 'Of combed cotton.' },
      categories: [{ es: 'Remeras', en: 'T-shirts' }],
      price: '12500.50',
      stock: 5,
      variants: sizes([3, 2]),
    },
    { name: { es: 'Remera rayada', en: 'Striped T-shirt' }, categories: [{ es: 'Remeras', en: 'T-shirts' }], price: '9000.00', stock: 0 },
    { name: { es: 'Campera de lana', en: 'Wool jacket' }, categories: [{ es: 'Abrigos', en: 'Coats' }], price: '48000.00', stock: null },
    { name: { es: 'Remera secreta' }, categories: [{ es: 'Ocultos' }], price: '1.00', stock: 1, isPublished: false },
    { name: { es: 'Remera vieja' }, categories: [{ es: 'Viejos' }], price: '2.00', stock: 1, isRemoved: true },
  ],
  orders: [
    { number: '1042', contactName: 'Ana López', createdAt: '2024-05-03T10:00:00Z' },
    { number: '1043', contactName: 'Bruno Díaz', product: 'Campera de lana', createdAt: '2024-05-04T10:00:00Z' },
  ],
}
