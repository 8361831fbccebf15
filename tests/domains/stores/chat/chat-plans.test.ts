import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../../../src/database/session-settings.ts'
import { READ_CHAT_STATE } from '../../../../src/domains/stores/chat/store/read-chat-state.ts'
import { NEWEST_ORDERS } from '../../../../src/domains/stores/chat/store/read-orders.ts'
import { type FreshPostgres, freshPostgres } from '../../../setup/databases.ts'
import { flatten, type PlanNode } from '../../../setup/plan-nodes.ts'

/** Plans of what each question reads, on tables of many, with statistics and without. */
const STORE = '00000000-0000-7000-8000-000000000001'
const ROWS = 30_000

describe.each(['with statistics', 'without statistics'])('plans of a question, %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    for (const table of ['store', 'chat_message', 'operation', 'shop_order']) await client.query(`alter table ${table} set (autovacuum_enabled = false)`)
    const id = (number: string) => `('00000000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`
    await client.query(
      `insert into store (id, owner_id, name, platform, base_url) select ${id('n')}, 'owner-' || n, 'x', 'sandbox', 'x' from generate_series(1, 300) n`,
    )
    await client.query(
      `insert into chat_message (id, store_id, user_id, role, text) select ${id('n')}, ${id('n % 300 + 1')}, 'user-' || n % 10, 'user', 'x' from generate_series(1, ${ROWS}) n`,
    )
    await client.query(
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, exclusive_key, finished_at)
       select ${id('n')}, 'DATA_UPDATE', 'x', 'completed', 1, 'owner-' || n % 300 + 1, '{}', '{}', 1, 'store:' || ${id('n % 300 + 1')}, case when n % 50 > 0 then now() end
         from generate_series(1, ${ROWS}) n`,
    )
    await client.query(`insert into exclusive_key (key, operation_id) select 'store:' || ${id('n')}, ${id('n')} from generate_series(1, 300) n`)
    await client.query(
      `insert into shop_order (id, store_id, external_id, number, status, payment_status, shipping_status, currency, total, lines, content_hash, document_hash, shop_created_at)
       select ${id('n')}, ${id('n % 30 + 1')}, n, n, 'open', 'paid', 'shipped', 'ARS', 1, '[]', '', '', now() - n * interval '1 minute' from generate_series(1, ${ROWS}) n`,
    )
    if (state === 'with statistics') await client.query('analyze')
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan(text: string, values: readonly unknown[]): Promise<readonly PlanNode[]> {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (format json) ${text}`, [...values])
    return flatten((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]?.Plan as PlanNode)
  }
  const scanned = (nodes: readonly PlanNode[]) => nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])

  test('the state of a chat is read by indexes alone', async () => {
    const nodes = await plan(READ_CHAT_STATE.text, [STORE, 'user-1', ['DATA_UPDATE', 'RAG_SYNC'], '00000000-0000-7000-8000-000000007000', STORE, 12])
    expect(scanned(nodes)).toEqual([])
    expect(nodes.map((node) => node['Index Name'])).toEqual(
      expect.arrayContaining(['store_pkey', 'chat_message_chat_idx', 'exclusive_key_pkey', 'operation_active_idx']),
    )
  })

  test('the newest orders are the beginning of an index', async () => {
    const nodes = await plan(NEWEST_ORDERS.text, [STORE, 5])
    expect(scanned(nodes)).toEqual([])
    // Until the first ANALYZE what an index of the store gives may be sorted.
    const index = state === 'with statistics' ? /^shop_order_newest_idx$/ : /^shop_order_/
    expect(nodes.map((node) => node['Index Name'])).toContainEqual(expect.stringMatching(index))
  })
})
