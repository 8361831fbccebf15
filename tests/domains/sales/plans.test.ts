import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../../src/database/session-settings.ts'
import { type ListSalesParams, type SaleFilter, salesQuery } from '../../../src/domains/sales/store/list-sales.ts'
import { type FreshPostgres, freshPostgres } from '../../setup/databases.ts'
import { flatten, type PlanNode } from '../../setup/plan-nodes.ts'

/** Plans of the list of sales on a table of many, with statistics and without. */
const SALES = 30_000

/** Makes the text of a query and asks nobody. */
const compiler = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

describe.each(['with statistics', 'without statistics'])('plans of lists of sales, %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    await client.query('alter table sale set (autovacuum_enabled = false)')
    await client.query(
      `insert into sale (id, reference, customer, channel, state, currency, total, created_by_id, created_by, origin)
       select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'R-' || n, 'Customer ' || n % 1000, 'online',
              case when n % 500 = 0 then 'pending' else 'approved' end, 'USD', n, 'shop-' || n % 30, '{}', '{}'
         from generate_series(1, ${SALES}) n`,
    )
    if (state === 'with statistics') await client.query('analyze sale')
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan(filter: SaleFilter, more: Partial<ListSalesParams> = {}): Promise<readonly PlanNode[]> {
    const query = salesQuery({ visibility: { kind: 'all' }, filter, limit: 50, fromEnd: false, ...more })
    const { sql, parameters } = query.compile(compiler)
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (format json) ${sql}`, [...parameters])
    return flatten((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]?.Plan as PlanNode)
  }

  const LAST = '00000000-0000-7000-8000-000000003000'

  test.each<[string, SaleFilter, Partial<ListSalesParams>, string]>([
    ['all of them', {}, {}, 'sale_pkey'],
    ['the next page', {}, { after: LAST }, 'sale_pkey'],
    ['the page before', {}, { before: LAST, fromEnd: true }, 'sale_pkey'],
    ["a seller's", {}, { visibility: { kind: 'creator', creatorId: 'shop-1' } }, 'sale_creator_idx'],
    ["the next page of a seller's", {}, { visibility: { kind: 'creator', creatorId: 'shop-1' }, after: LAST }, 'sale_creator_idx'],
    ['the pending ones', { states: ['pending'] }, {}, 'sale_state_idx'],
    ['one reference', { reference: 'R-77' }, {}, 'sale_reference_idx'],
    ['a span of time', { createdAfter: new Date('2026-01-01'), createdBefore: new Date('2026-02-01') }, {}, 'sale_pkey'],
  ])('%s: an index, never the whole table', async (_what, filter, more, index) => {
    const nodes = await plan(filter, more)
    const reads = nodes.filter((node) => node['Relation Name'] === 'sale').map((node) => node['Node Type'])
    expect(nodes.map((node) => node['Index Name'])).toContain(index)
    // Until the first ANALYZE what an index leaves may be sorted; then it is walked in order.
    expect(reads).toEqual([expect.stringMatching(state === 'with statistics' ? /^Index Scan$/ : /^(Index Scan|Bitmap Heap Scan)$/)])
  })
})
