import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../src/database/session-settings.ts'
import { listQuery } from '../../src/engine/store/list-operations.ts'
import { READ_ROLLUPS } from '../../src/engine/store/read-rollups.ts'
import { MERGE_STATEMENT, ROLL_UP_STATEMENT } from '../../src/engine/store/roll-up-ends.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { flatten, type PlanNode } from '../setup/plan-nodes.ts'

/** Ends of 2,000 owners in 400 days, as rollups; what a year leaves. */
const OWNERS = 2_000
const ROLLUPS = 100_000
const ENDS = 20_000
const OPENED = 30_000

const STATES = ['without statistics', 'with statistics'] as const
const MODES = ['force_custom_plan', 'force_generic_plan']

describe.each(STATES)('plans of metrics on PostgreSQL, on full tables %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    for (const table of ['operation', 'operation_end', 'operation_rollup']) await client.query(`alter table ${table} set (autovacuum_enabled = false)`)
    await client.query(
      `insert into operation_rollup select case when n % 10 = 0 then 'everybody' else 'owner:' || n % ${OWNERS} end, date_trunc('day', now(), 'UTC') - (n / 10 % 396) * interval '1 day', 'T' || n / 3960 % 25,
        case when n / 10 % 396 < 8 then 1 else 24 end, 1, 0, 0, 0, 5, 1, 1, '{"5": 1}', '{}', '{"1": 1}' from generate_series(1, ${ROLLUPS}) n on conflict do nothing`,
    )
    await client.query(`insert into operation_end select 'T1', 'o' || n % ${OWNERS}, 'completed', now(), n, null, 1, 0 from generate_series(1, ${ENDS}) n`)
    await client.query(
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts)
       select gen_random_uuid(), 'A', 'A', 'queued', 1, 'o' || n % 100, jsonb_build_object('kind', 'service', 'id', 's' || n % 3), '{}', 1 from generate_series(1, ${OPENED}) n`,
    )
    if (state === 'with statistics') await client.query('analyze')
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan(text: string, values: readonly string[]): Promise<readonly PlanNode[]> {
    await client.query('deallocate all')
    await client.query(`prepare asked as ${text}`)
    await client.query('begin')
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (analyze, format json) execute asked${values.length > 0 ? `(${values.join(', ')})` : ''}`,
    )
    await client.query('rollback')
    return flatten(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode)
  }
  const scans = (nodes: readonly PlanNode[], table: string) => nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === table)

  test.each(MODES)('a window of one audience is one range of the primary key (%s)', async (mode) => {
    await client.query(`set plan_cache_mode = ${mode}`)
    for (const [audience, most] of [
      ['owner:17', 60],
      ['everybody', 1_000],
    ] as const) {
      const nodes = await plan(READ_ROLLUPS.text, [`'${audience}'`, `now() - interval '30 days'`, 'now()', `'{T0,T1}'`, 'null'])
      expect(scans(nodes, 'operation_rollup')).toEqual([])
      const reads = nodes.filter((node) => node['Index Name'] === 'operation_rollup_pkey')
      expect(reads.map((node) => /audience = .*starts_at/.test(node['Index Cond'] ?? ''))).toEqual([true])
      expect(reads[0]?.['Actual Rows']).toBeLessThan(most)
    }
  })

  test.each(MODES)('ends are taken from a place in the file, without walking what is before it (%s)', async (mode) => {
    await client.query(`set plan_cache_mode = ${mode}`)
    const nodes = await plan(ROLL_UP_STATEMENT.text, [`'(100,0)'`, '500'])
    expect(nodes.map((node) => node['Node Type'])).toEqual(expect.arrayContaining(['Tid Range Scan', 'Tid Scan']))
    expect(scans(nodes, 'operation_end')).toEqual([])
    expect(nodes.find((node) => node['Node Type'] === 'Tid Range Scan')?.['Actual Rows']).toBe(500)
  })

  test.each(MODES)('hours that are old are found by their age (%s)', async (mode) => {
    await client.query(`set plan_cache_mode = ${mode}`)
    const nodes = await plan(MERGE_STATEMENT.text, ['500'])
    expect(scans(nodes, 'operation_rollup')).toEqual([])
    expect(nodes.map((node) => node['Index Name'])).toContain('operation_rollup_age_idx')
  })

  test('what a service opened is listed from two indexes, a page each', async () => {
    await client.query('reset plan_cache_mode')
    const query = listQuery({
      visibility: { kind: 'owner', ownerId: 's1', opened: true },
      filter: {},
      orderBy: { field: 'created_at', direction: 'desc' },
      limit: 20,
      fromEnd: false,
    }).compile(fresh.database.kysely)
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (analyze, format json) ${query.sql}`, [
      ...query.parameters,
    ])
    const nodes = flatten(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode)
    expect(scans(nodes, 'operation')).toEqual([])
    const opened = nodes.find((node) => node['Index Name'] === 'operation_opened_idx')
    // Before the first ANALYZE it believes that there are a few, and sorts them.
    const few = { 'Scan Direction': 'Backward', 'Actual Rows': 21 }
    expect(opened).toMatchObject(state === 'with statistics' ? few : {})
  })
})
