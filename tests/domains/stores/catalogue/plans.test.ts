import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUuid } from '../../../../src/base/ids.ts'
import { SESSION_SETTINGS } from '../../../../src/database/session-settings.ts'
import { COMPARE_ROWS } from '../../../../src/domains/stores/catalogue/store/compare-rows.ts'
import { customersQuery } from '../../../../src/domains/stores/catalogue/store/list-customers.ts'
import { ordersQuery } from '../../../../src/domains/stores/catalogue/store/list-orders.ts'
import { productsQuery } from '../../../../src/domains/stores/catalogue/store/list-products.ts'
import { REMOVE_ROWS } from '../../../../src/domains/stores/catalogue/store/remove-rows.ts'
import { DELETE_GONE_VARIANTS, WRITE_VARIANTS } from '../../../../src/domains/stores/catalogue/store/write-variants.ts'
import { type FreshPostgres, freshPostgres } from '../../../setup/databases.ts'
import { flatten, type PlanNode } from '../../../setup/plan-nodes.ts'
import { insertStore } from '../stores-world.ts'

/** Plans of the statements that a page of a sync runs, on a store of many products beside others; with statistics and without, custom and generic. */
const PRODUCTS = 50_000

const STATES = ['an empty table', 'a full table without statistics', 'a full table with statistics'] as const
const MODES = ['force_custom_plan', 'force_generic_plan'] as const

const compiler = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

describe.each(STATES)('plans of the catalogue on %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  let storeId: string
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    storeId = await insertStore(fresh.database)
    const tables = ['product', 'product_variant', 'shop_order', 'shop_customer']
    for (const table of tables) await client.query(`alter table ${table} set (autovacuum_enabled = false)`)
    if (state === 'an empty table') return
    await fill(client, [storeId, await insertStore(fresh.database)])
    if (state === 'a full table with statistics') for (const table of tables) await client.query(`analyze ${table}`)
  }, 120_000)
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan(text: string, values: readonly string[], mode: (typeof MODES)[number]): Promise<readonly PlanNode[]> {
    await client.query(`set plan_cache_mode = ${mode}`)
    await client.query('deallocate all')
    await client.query(`prepare planned as ${text}`)
    const literals = values.map((value) => pg.escapeLiteral(value)).join(', ')
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (format json) execute planned(${literals})`)
    return flatten((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]?.Plan as PlanNode)
  }

  const usedBy = (nodes: readonly PlanNode[]) => nodes.map((node) => node['Index Name']).filter((name) => name !== undefined)
  const scans = (nodes: readonly PlanNode[]) => nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])

  describe.each(MODES)('%s', (mode) => {
    test('a page is compared by one descent of the unique index for each row', async () => {
      for (const [kind, index] of [
        ['products', 'product_external_idx'],
        ['orders', 'shop_order_external_idx'],
        ['customers', 'shop_customer_external_idx'],
      ] as const) {
        const nodes = await plan(COMPARE_ROWS[kind].text, [storeId, '{1,2,3}', '{00,00,00}', '{00,00,00}'], mode)
        expect(usedBy(nodes)).toEqual([index])
        expect(nodes.map((node) => node['Node Type'])).not.toContain('Hash Join')
        expect(nodes.find((node) => node['Index Name'])?.['Index Cond']).toContain('external_id = ')
      }
    })

    test('variants are compared and written by their unique index, and those that are gone found by their product', async () => {
      const written = await plan(WRITE_VARIANTS.text, [storeId, '[]'], mode)
      expect(usedBy(written)).toEqual(['product_variant_external_idx'])
      const gone = await plan(DELETE_GONE_VARIANTS.text, [`{${newUuid()}}`, '{1-S}'], mode)
      expect(usedBy(gone).toSorted()).toEqual(['product_variant_pkey', 'product_variant_product_idx'])
      expect([...scans(written), ...scans(gone)]).toEqual([])
    })

    test('what is gone is marked by the unique index', async () => {
      const nodes = await plan(REMOVE_ROWS.products.text, [storeId, '{1,2}'], mode)
      expect(usedBy(nodes).toSorted()).toEqual(['product_external_idx', 'product_pkey'])
    })
  })

  test('lists walk the index of the store in order', async () => {
    const page = { storeId, limit: 50, fromEnd: false, after: `00000000-0000-7000-8000-${(PRODUCTS / 2).toString(16).padStart(12, '0')}` }
    for (const [query, index] of [
      [productsQuery(page), 'product_store_idx'],
      [ordersQuery(page), 'shop_order_store_idx'],
      [customersQuery(page), 'shop_customer_store_idx'],
    ] as const) {
      const { sql, parameters } = query.compile(compiler)
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (format json) ${sql}`, [...parameters])
      const nodes = flatten((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]?.Plan as PlanNode)
      expect(usedBy(nodes)).toEqual([index])
      // Until the first ANALYZE what the index leaves may be sorted.
      const sorts = nodes.filter((node) => node['Node Type'] === 'Sort')
      expect(sorts.length).toBeLessThanOrEqual(state === 'a full table with statistics' ? 0 : 1)
    }
  })
})

async function fill(client: pg.Client, storeIds: readonly string[]): Promise<void> {
  const FROM = `from generate_series(1, ${PRODUCTS}) n`
  const ID = `('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`
  // Two thirds are of another store.
  const STORE = `($1::uuid[])[case when n % 3 > 0 then 2 else 1 end]`
  const HASHES = `decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex')`
  await client.query(
    `insert into product (id, store_id, external_id, name, description, handle, tags, categories, is_published, content_hash, document_hash)
     select ${ID}, ${STORE}, n::text, '{}', '{}', n::text, '{}', '[]', true, ${HASHES} ${FROM}`,
    [storeIds],
  )
  await client.query(
    `insert into product_variant (id, product_id, store_id, external_id, position, options)
     select gen_random_uuid(), id, store_id, external_id || '-S', 1, '[]' from product`,
  )
  await client.query(
    `insert into shop_order (id, store_id, external_id, number, status, payment_status, shipping_status, currency, total, lines, content_hash, document_hash)
     select ${ID}, ${STORE}, n::text, n::text, 'open', 'paid', 'shipped', 'ARS', 1, '[]', ${HASHES} ${FROM}`,
    [storeIds],
  )
  await client.query(
    `insert into shop_customer (id, store_id, external_id, name, content_hash, document_hash)
     select ${ID}, ${STORE}, n::text, 'Ana', ${HASHES} ${FROM}`,
    [storeIds],
  )
}
