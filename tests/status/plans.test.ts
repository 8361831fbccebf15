import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../src/database/session-settings.ts'
import { READ_EFFECTS } from '../../src/status/store/read-effects.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { flatten, type PlanNode } from '../setup/plan-nodes.ts'

describe('the plan of the system status', () => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    await client.query(
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, impact)
       select gen_random_uuid(), 'A' || n % 2, 'A', 'queued', 1, 'o' || n % 100, '{}', '{}', 1,
         case when n % 10000 = 0 then '{"level": "critical", "blocks": [], "warns": [], "scope": "everybody"}'::jsonb end from generate_series(1, 50000) n`,
    )
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  test.each([
    ['force_custom_plan', false],
    ['force_generic_plan', false],
    ['force_custom_plan', true],
    ['force_generic_plan', true],
  ])('looks at what affects those who are asked about only, be they one or hundreds (%s, analyzed: %s)', async (mode, isAnalyzed) => {
    if (isAnalyzed) await client.query('analyze operation')
    await client.query(`set plan_cache_mode = ${mode}`)
    for (const users of [1, 99, 500]) {
      const asked = `{everybody,tenant:t,${Array.from({ length: users }, (_, index) => `owner:o${index + 1}`).join(',')}}`
      await client.query('deallocate all')
      await client.query(`prepare status as ${READ_EFFECTS.text}`)
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
        `explain (analyze, format json) execute status('${asked}', '{A1}')`,
      )
      const nodes = flatten(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode)
      expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'operation')).toEqual([])
      expect(nodes.map((node) => node['Index Name'])).toEqual(expect.arrayContaining(['operation_active_idx', 'operation_audience_idx', 'operation_pkey']))
    }
  })
})
