import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../../../src/database/session-settings.ts'
import { RANK_ORDERS, RANK_PRODUCTS } from '../../../../src/domains/stores/search/store/rank-products.ts'
import { type FreshPostgres, freshPostgres } from '../../../setup/databases.ts'
import { flatten, type PlanNode } from '../../../setup/plan-nodes.ts'

/** A large store beside a small one, with the same words: each must cost as much as its own documents do. */
const LARGE = 20_000
const SMALL = 100
const [LARGE_STORE, SMALL_STORE] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002']

const STATES = ['a full table without statistics', 'a full table with statistics'] as const

describe.each(STATES)('plans of search on PostgreSQL, on %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    await client.query('alter table product set (autovacuum_enabled = false); alter table search_document set (autovacuum_enabled = false)')
    for (const [store, count, generation] of [
      [LARGE_STORE, LARGE, 1],
      [SMALL_STORE, SMALL, 2],
    ] as const) {
      await client.query(
        `insert into store (id, owner_id, name, platform, base_url, search_generation) values ('${store}', 'ana', 'Shop', 'sandbox', '${store}', ${generation});
         insert into search_build (generation, store_id, catalogue_revision, document_count) values (${generation}, '${store}', 1, ${count});
         insert into product (id, store_id, external_id, name, description, handle, tags, categories, is_published, content_hash, document_hash)
           select gen_random_uuid(), '${store}', n, '{"es": "Mate"}', '{}', '', '{}', '[]', true, '', '' from generate_series(1, ${count}) n;
         insert into search_document (generation, kind, subject_id, language, words)
           select ${generation}, 'products', id, 'es', to_tsvector('simple', 'mate ' || (external_id::integer % 50)) || array_to_tsvector(array['#p${generation}'])
           from product where store_id = '${store}'`,
      )
    }
    if (state === 'a full table with statistics') await client.query('analyze')
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan(statement: { readonly text: string }, values: readonly unknown[], mode: string): Promise<readonly PlanNode[]> {
    await client.query(`deallocate all; set plan_cache_mode = ${mode}`)
    await client.query(`prepare asked as ${statement.text}`)
    const literal = (value: unknown): string =>
      value === null
        ? 'null'
        : Array.isArray(value)
          ? `array[${value.map(literal).join(', ')}]`
          : typeof value === 'number'
            ? `${value}`
            : pg.escapeLiteral(`${value as string}`)
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (analyze, format json) execute asked(${values.map(literal).join(', ')})`,
    )
    return flatten(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode)
  }

  const queries = (generation: number) => [`'#p${generation}' & ('mate') & ('7')`, `'#p${generation}' & ('7')`, [`'mate'`, `'7'`], ['', ''], [1, 2]]
  const values = { products: [3, null, null, 10, ['mate']], orders: [10] }

  test.each([
    ['force_custom_plan', SMALL_STORE, 2, SMALL],
    ['force_generic_plan', SMALL_STORE, 2, SMALL],
    ['force_custom_plan', LARGE_STORE, 1, LARGE],
    ['force_generic_plan', LARGE_STORE, 1, LARGE],
  ])('finding products reads what matches, by the words of one store (%s, %s)', async (mode, store, generation, count) => {
    const nodes = await plan(RANK_PRODUCTS, [store, generation, ...queries(generation), ...values.products], mode)
    const scans = nodes.filter((node) => node['Index Name'] === 'search_document_words_idx')
    expect(scans.map((node) => node['Node Type'])).toEqual(['Bitmap Index Scan', 'Bitmap Index Scan'])
    // Both have documents with that number; only those of the store are read.
    expect(scans.map((node) => node['Actual Rows'])).toEqual([count / 50, count / 50])
    const products = nodes.filter((node) => node['Relation Name'] === 'product')
    expect(products.map((node) => node['Index Name'])).toEqual(['product_pkey'])
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
  })

  test.each(['force_custom_plan', 'force_generic_plan'])('finding orders goes by the words and by the primary key (%s)', async (mode) => {
    const nodes = await plan(RANK_ORDERS, [SMALL_STORE, 2, ...queries(2), ...values.orders], mode)
    expect(nodes.filter((node) => node['Relation Name'] === 'search_document').map((node) => node['Node Type'])).toEqual([
      'Bitmap Heap Scan',
      'Bitmap Heap Scan',
    ])
    expect(nodes.filter((node) => node['Relation Name'] === 'shop_order').map((node) => node['Index Name'])).toEqual(['shop_order_pkey'])
  })
})
