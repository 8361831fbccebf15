import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../../../src/database/session-settings.ts'
import { ACTIVE_OPERATIONS } from '../../../../src/domains/stores/store/active-operations.ts'
import { LIST_STORES } from '../../../../src/domains/stores/store/list-stores.ts'
import { type FreshPostgres, freshPostgres } from '../../../setup/databases.ts'
import { flatten, type PlanNode } from '../../../setup/plan-nodes.ts'

/** Plans of what lists of stores ask, among many stores and a long history, with statistics and without. */
const STORES = 10_000
const OPERATIONS = 50_000

describe.each(['with statistics', 'without statistics'])('plans of lists of stores, %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    await client.query('alter table store set (autovacuum_enabled = false)')
    await client.query('alter table operation set (autovacuum_enabled = false)')
    await client.query(
      `insert into store (id, owner_id, name, platform, base_url)
       select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'owner-' || n % 500, 'Store', 'sandbox', 'sandbox:' || n from generate_series(1, ${STORES}) n`,
    )
    await client.query(
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, exclusive_key, finished_at)
       select ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'DATA_UPDATE', 'Refresh', case when n % 100 = 0 then 'queued' else 'completed' end, 1,
              'owner-' || n % 500, '{}', '{}', 1, 'store:' || n % ${STORES}, case when n % 100 <> 0 then now() end
         from generate_series(1, ${OPERATIONS}) n`,
    )
    if (state === 'with statistics') await client.query('analyze store, operation')
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan({ text }: { readonly text: string }, values: readonly unknown[]): Promise<readonly PlanNode[]> {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (format json) ${text}`, [...values])
    return flatten((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]?.Plan as PlanNode)
  }

  const LAST = '00000000-0000-7000-8000-000000001000'
  const own = LIST_STORES.own
  const all = LIST_STORES.all

  test.each([
    ["an owner's", own.desc, [null, null, 51, 'owner-1'], 'store_owner_idx'],
    ["the next page of an owner's", own.desc, [LAST, null, 51, 'owner-1'], 'store_owner_idx'],
    ["the last page of an owner's", own.asc, [null, null, 51, 'owner-1'], 'store_owner_idx'],
    ['all of them', all.desc, [null, null, 51], 'store_pkey'],
    ['the next page', all.desc, [LAST, null, 51], 'store_pkey'],
    ['the page before', all.asc, [null, LAST, 51], 'store_pkey'],
    ['what is not done of some stores', ACTIVE_OPERATIONS, [['store:1', 'whatsapp:1', 'store:2']], 'operation_unfinished_key_idx'],
  ] as const)('%s: an index, never the whole table', async (_what, statement, values, index) => {
    const nodes = await plan(statement, values)
    const reads = nodes.filter((node) => node['Relation Name'] !== undefined).map((node) => node['Node Type'])
    expect(nodes.map((node) => node['Index Name'])).toContain(index)
    // Until the first ANALYZE, and of several keys at once, what an index leaves may be sorted.
    expect(reads).toEqual([expect.stringMatching(/^(Index Scan|Bitmap Heap Scan)$/)])
  })
})
