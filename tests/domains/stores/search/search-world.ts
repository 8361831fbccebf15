import { systemClock } from '../../../../src/base/clock.ts'
import { newUuid } from '../../../../src/base/ids.ts'
import { ragSync } from '../../../../src/domains/stores/operations/rag-sync.ts'
import { textIn } from '../../../../src/domains/stores/records.ts'
import { createSearchIndex } from '../../../../src/domains/stores/search/create-search-index.ts'
import type { Embeddings } from '../../../../src/domains/stores/search/embeddings.ts'
import type { SearchIndex } from '../../../../src/domains/stores/search/search-index.ts'
import type { StoreServices } from '../../../../src/domains/stores/services.ts'
import type { OperationState } from '../../../../src/engine/lifecycle.ts'
import type { OperationRecord } from '../../../../src/engine/records.ts'
import { type EngineWorld, engineWorld } from '../../../engine/engine-world.ts'
import type { DatabaseKind, FreshDatabase } from '../../../setup/databases.ts'

/** What a test says of a product; the rest is nothing in particular. */
export interface TestProduct {
  readonly key?: string
  readonly name: Readonly<Record<string, string>>
  readonly description?: Readonly<Record<string, string>>
  readonly brand?: string
  readonly tags?: readonly string[]
  readonly categories?: readonly Readonly<Record<string, string>>[]
  /** One variant each. */
  readonly options?: readonly Readonly<Record<string, string>>[]
  readonly sku?: string
  readonly price?: number
  readonly isPublished?: boolean
}

export interface TestOrder {
  readonly number: string
  readonly contactName?: string
  readonly contactEmail?: string
  readonly lines?: readonly { readonly name: string }[]
  readonly at?: string
}

const ADD_STORE = {
  name: 'test_add_store',
  text: `insert into store (id, owner_id, name, platform, base_url, language, catalogue_revision) values ($1, 'ana', 'Shop', 'sandbox', 'sandbox:' || $1::uuid::text, $2, 1)`,
}
const ADD_PRODUCTS = {
  name: 'test_add_products',
  text: `with given as (
      select * from jsonb_to_recordset($2::jsonb) as p (id uuid, name jsonb, description jsonb, brand text, tags jsonb, categories jsonb, options jsonb, sku text, price numeric, "isPublished" boolean)
    ), product_added as (
      insert into product (id, store_id, external_id, name, description, handle, brand, tags, categories, is_published, price, content_hash, document_hash)
      select id, $1::uuid, id::text, name, description, '', brand, array(select jsonb_array_elements_text(tags)), categories, "isPublished", price, '', sha256(name::text::bytea) from given
    )
    insert into product_variant (id, product_id, store_id, external_id, position, sku, options)
    select gen_random_uuid(), id, $1::uuid, id::text || ordinality, ordinality, sku, jsonb_build_array(option)
    from given cross join lateral jsonb_array_elements(options) with ordinality as o (option, ordinality)`,
}
const ADD_ORDERS = {
  name: 'test_add_orders',
  text: `insert into shop_order (id, store_id, external_id, number, status, payment_status, shipping_status, currency, total, contact_name, contact_email, lines, content_hash, document_hash, shop_created_at)
    select id, $1::uuid, id::text, number, 'open', 'paid', 'unpacked', 'ARS', 1, "contactName", "contactEmail", lines, '', '', at
    from jsonb_to_recordset($2::jsonb) as o (id uuid, number text, "contactName" text, "contactEmail" text, lines jsonb, at timestamptz)`,
}

export interface SearchWorld extends EngineWorld {
  readonly search: SearchIndex
  addStore(language?: string): Promise<string>
  /** Answers their ids, in their order. */
  addProducts(storeId: string, products: readonly TestProduct[]): Promise<string[]>
  addOrders(storeId: string, orders: readonly TestOrder[]): Promise<string[]>
  /** Runs RAG_SYNC to its end. */
  rebuild(storeId: string, ...states: OperationState[]): Promise<OperationRecord>
  /** Names, Spanish where they have one, best first. */
  names(storeId: string, text: string, limit?: number): Promise<string[]>
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface SearchWorldParams {
  readonly kind: DatabaseKind
  readonly fresh?: FreshDatabase
  readonly embeddings?: Embeddings
  /** Between the engine and the search that its handlers use. */
  readonly wrap?: (search: SearchIndex) => SearchIndex
}

export async function searchWorld({ kind, fresh, embeddings, wrap = (search) => search }: SearchWorldParams): Promise<SearchWorld> {
  let index: SearchIndex | undefined
  const world = await engineWorld({
    kind,
    ...(fresh && { fresh }),
    definitions: [ragSync],
    services: ({ database }) => {
      index = createSearchIndex({ database, embeddings })
      return { stores: { search: wrap(index), database, clock: systemClock } as StoreServices }
    },
  })
  const search = index as unknown as SearchIndex
  const { database } = world
  const names = new Map<string, string>()
  const sql = <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    if (!names.has(text)) names.set(text, `test_sql_${names.size}`)
    return database.run<Row>({ name: names.get(text) as string, text }, values)
  }
  return {
    ...world,
    search,
    sql,
    async addStore(language = 'es') {
      const id = newUuid()
      await database.run(ADD_STORE, [id, language])
      return id
    },
    async addProducts(storeId, products) {
      const rows = products.map((product) => ({ description: {}, tags: [], categories: [], options: [], isPublished: true, ...product, id: newUuid() }))
      await database.run(ADD_PRODUCTS, [storeId, JSON.stringify(rows)])
      return rows.map(({ id }) => id)
    },
    async addOrders(storeId, orders) {
      const rows = orders.map((order) => ({ lines: [], ...order, id: newUuid() }))
      await database.run(ADD_ORDERS, [storeId, JSON.stringify(rows)])
      return rows.map(({ id }) => id)
    },
    async rebuild(storeId, ...states) {
      const { id } = await world.start('RAG_SYNC', { storeId })
      return world.reaches(id, ...(states.length > 0 ? states : (['completed'] as const)))
    },
    async names(storeId, text, limit = 10) {
      const hits = await search.find({ storeId, text, limit })
      const rows = await sql<{ id: string; name: Record<string, string> }>('select id, name from product where id = any($1::uuid[])', [
        hits.map((hit) => hit.productId),
      ])
      const byId = new Map(rows.map((row) => [row.id, row.name]))
      return hits.map((hit) => textIn(byId.get(hit.productId) ?? {}, 'es'))
    },
  }
}
