import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ORDERED_SETTINGS, SESSION_SETTINGS } from '../../src/database/session-settings.ts'
import { CLAIM_STATEMENT, FROM_THE_START } from '../../src/engine/store/claim-operations.ts'
import { SETTLE_STATEMENT } from '../../src/engine/store/settle-operations.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { flatten, type PlanNode } from '../setup/plan-nodes.ts'

/** Plans of the hot statements, with and without statistics, custom and generic. */
const WAITING = 50_000

/** A prepared statement keeps the plan that it was given when the table was empty; so it must be good for a full one. */
const STATES = ['an empty table', 'a full table without statistics', 'a full table with statistics'] as const

describe.each(STATES)('plans of hot statements on PostgreSQL, on %s', (state) => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    await client.query('alter table operation set (autovacuum_enabled = false)')
    if (state === 'an empty table') return
    await client.query(
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, claim_at)
       select gen_random_uuid(), 'A', 'A', 'queued', 1, 'o' || n % 100, '{}', '{}', 1, now() - n * interval '1 millisecond' from generate_series(1, ${WAITING}) n`,
    )
    if (state === 'a full table with statistics') await client.query('analyze operation')
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  async function plan(statement: { readonly name: string; readonly text: string }, values: readonly unknown[], mode: string): Promise<readonly PlanNode[]> {
    await client.query(`set plan_cache_mode = ${mode}`)
    const name = `${statement.name}_${mode}`
    await client.query(`deallocate all`)
    await client.query(`prepare ${name} as ${statement.text}`)
    const literals = values.map((value) =>
      value === null ? 'null' : Array.isArray(value) ? arrayLiteral(value) : pg.escapeLiteral(`${value as string | number}`),
    )
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (format json) execute ${name}(${literals.join(', ')})`,
    )
    return flatten((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]?.Plan as PlanNode)
  }
  const arrayLiteral = (value: readonly unknown[]): string =>
    pg.escapeLiteral(`{${value.map((one) => (one === null ? 'NULL' : JSON.stringify(`${one as string | number}`))).join(',')}}`)

  const modes = ['force_custom_plan', 'force_generic_plan']

  test.each(modes)('claims walk the claim index in order, never sort and never scan the table (%s)', async (mode) => {
    for (const setting of ORDERED_SETTINGS) await client.query(setting)
    const watermark = [FROM_THE_START.claimAtUs, FROM_THE_START.id]
    const nodes = await plan(
      CLAIM_STATEMENT,
      [500, '00000000-0000-7000-8000-000000000000', ['A'], [], [], ...watermark, ...watermark, ...watermark, ...watermark],
      mode,
    )
    const claims = nodes.filter((node) => node['Index Name'] === 'operation_claim_idx')
    expect(claims.map((node) => node['Node Type'])).toEqual(Array.from({ length: 4 }, () => 'Index Scan'))
    expect(scans(nodes)).toEqual([])
  })

  test.each(modes)('settling finds its rows by the primary key (%s)', async (mode) => {
    await client.query('reset all')
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    const ids = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002']
    const none = [null, null]
    const table = [['plain'], ['running'], ['complete'], ['completed'], ['completed'], [], []]
    const nodes = await plan(
      SETTLE_STATEMENT,
      [...table, ids, [1, 2], ['complete', 'complete'], none, none, none, [0, 0], [1, 1], none, ...Array.from({ length: 10 }, () => []), none],
      mode,
    )
    expect(scans(nodes)).toEqual([])
    expect(
      nodes.filter((node) => node['Relation Name'] === 'operation' && node['Node Type'] === 'Index Scan').every((node) => node['Index Cond'] !== undefined),
    ).toBe(true)
  })

  const scans = (nodes: readonly PlanNode[]) => nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'operation')
})
