import { PermanentError } from '../../src/base/errors.ts'
import { newUuid, toTypeId } from '../../src/base/ids.ts'
import type { Database } from '../../src/database/database.ts'
import type { SearchHitRecord } from '../../src/domains/stores/search/search-index.ts'
import type { InstallRequest, TokenOffer } from '../../src/domains/stores/shop/shops.ts'
import type { Stores } from '../../src/domains/stores/stores.ts'

/** Stores as rows, for tests of the API: what their shops would have said is written here. */
export interface PlantStoreParams {
  readonly ownerId: string
  readonly name?: string
  /** False: nobody ever connected it. */
  readonly connected?: boolean
  readonly platform?: 'tiendanube' | 'sandbox'
  readonly products?: number
}

export interface PlantedStore {
  readonly uuid: string
  /** Ids of the API. */
  readonly id: string
  readonly products: readonly string[]
  readonly order: string
  readonly customer: string
}

const run = (database: Database, name: string, text: string, values: readonly unknown[]) => database.run({ name: `planted_${name}`, text }, values)

export async function plantStore(database: Database, { ownerId, name = 'Bonsai', connected = true, ...more }: PlantStoreParams): Promise<PlantedStore> {
  const uuid = newUuid()
  const { platform = 'tiendanube', products = 1 } = more
  const credential = connected ? newUuid() : null
  const baseUrl = platform === 'sandbox' ? `sandbox:${uuid}` : `https://shop.example.com/${uuid}`
  await run(
    database,
    'store',
    `insert into store (id, owner_id, name, platform, base_url, status, credential_id, language, currency, public_url, product_count, order_count, customer_count, last_synced_at)
    values ($1, $2, $3, $4, $5, case when $6::uuid is null then 'disconnected' else 'connected' end, $6, 'es', 'ARS', 'https://bonsai.example.com', $7, 1, 1, case when $6::uuid is not null then now() end)`,
    [uuid, ownerId, name, platform, baseUrl, credential, products],
  )
  if (credential) await run(database, 'credential', `insert into store_credential (id, store_id, sealed_token) values ($1, $2, 'sealed')`, [credential, uuid])
  const ids: string[] = []
  for (let number = 1; number <= products; number += 1) ids.push(await plantProduct(database, uuid, number))
  return { uuid, id: toTypeId('store', uuid), products: ids, order: await plantOrder(database, uuid), customer: await plantCustomer(database, uuid) }
}

async function plantProduct(database: Database, store: string, number: number): Promise<string> {
  const id = newUuid()
  await run(
    database,
    'product',
    `insert into product (id, store_id, external_id, name, description, handle, tags, categories, is_published, price, stock, content_hash, document_hash)
    values ($1, $2, $3, $4::jsonb, '{"es": "De algodón"}', 'remera', '{verano}', '[{"es": "Ropa", "en": "Clothes"}]', true, 1234.5, 3, '', '')`,
    [id, store, `P-${number}`, JSON.stringify({ es: `Remera ${number}`, en: `T-shirt ${number}` })],
  )
  await run(
    database,
    'variant',
    `insert into product_variant (id, product_id, store_id, external_id, position, sku, options, price, stock)
    values ($1, $2, $3, $4, 1, 'R-M', '[{"es": "Rojo", "en": "Red"}, {"es": "M"}]', 1234.5, 3)`,
    [newUuid(), id, store, `V-${number}`],
  )
  return toTypeId('product', id)
}

async function plantOrder(database: Database, store: string): Promise<string> {
  const id = newUuid()
  await run(
    database,
    'order',
    `insert into shop_order (id, store_id, external_id, number, status, payment_status, shipping_status, currency, total, contact_name, contact_email, lines, shop_created_at, content_hash, document_hash)
    values ($1, $2, 'O-1', '1001', 'open', 'paid', 'unpacked', 'ARS', 2469, 'Clara', 'clara@example.com', $3::jsonb, now(), '', '')`,
    [id, store, JSON.stringify([{ productExternalId: 'P-1', variantExternalId: 'V-1', name: 'Remera', sku: 'R-M', quantity: 2, price: '1234.50' }])],
  )
  return toTypeId('order', id)
}

async function plantCustomer(database: Database, store: string): Promise<string> {
  const id = newUuid()
  await run(
    database,
    'customer',
    `insert into shop_customer (id, store_id, external_id, name, email, total_spent, currency, content_hash, document_hash)
    values ($1, $2, 'C-1', 'Clara', 'clara@example.com', 2469, 'ARS', '', '')`,
    [id, store],
  )
  return toTypeId('customer', id)
}

/** What stands for shops and search where the API alone is tried. Shops write rows as the real ones do, and keep what they were offered. */
export interface PlantedParts {
  readonly shops: Stores['shops']
  readonly search: Stores['search']
  readonly offers: TokenOffer[]
  readonly links: InstallRequest[]
  /** What each search finds, whatever is asked. */
  hits: readonly SearchHitRecord[]
}

export function plantedParts(databaseOf: () => Database): PlantedParts {
  const parts: PlantedParts = { offers: [], links: [], hits: [], shops: undefined as never, search: undefined as never }
  const away = () => Promise.reject(new PermanentError('NO_SHOP', 'There is no shop here.'))
  const shops: Stores['shops'] = {
    open: away,
    accept: away,
    offer: async (offer) => {
      parts.offers.push(offer)
      return offered(databaseOf(), offer)
    },
    installLink: (request) => {
      parts.links.push(request)
      return Promise.resolve({ url: 'https://shops.example.com/install?state=x', expiresAt: new Date('2030-01-01T00:00:00Z') })
    },
  }
  const search = {
    build: away,
    swap: away,
    discard: () => Promise.resolve(),
    find: () => Promise.resolve(parts.hits),
    findOrders: () => Promise.resolve([]),
  }
  return Object.assign(parts, { shops, search })
}

async function offered(database: Database, offer: TokenOffer) {
  const baseUrl = offer.baseUrl ?? `sandbox:${offer.name}`
  const [store] = (await run(
    database,
    'offer_store',
    `insert into store (id, owner_id, tenant_id, name, platform, base_url) values ($1, $2, $3, $4, $5, $6)
    on conflict (owner_id, platform, base_url) do update set updated_at = now() returning id, credential_id as "credentialId"`,
    [newUuid(), offer.ownerId, offer.tenantId, offer.name, offer.platform, baseUrl],
  )) as { readonly id: string; readonly credentialId: string | null }[]
  if (!store) throw new Error('expected a store')
  const [credential] = (await run(
    database,
    'offer_credential',
    `insert into store_credential (id, store_id, sealed_token, idempotency_key) values ($1, $2, 'sealed', $3)
    on conflict (store_id, idempotency_key) where idempotency_key is not null do update set sealed_token = 'sealed' returning id`,
    [newUuid(), store.id, offer.idempotencyKey ?? null],
  )) as { readonly id: string }[]
  return { storeId: store.id, credentialId: String(credential?.id), wasConnected: store.credentialId !== null }
}
