import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_SETTINGS } from '../../../src/database/session-settings.ts'
import { CLAIM_DELIVERIES } from '../../../src/notifications/delivery/store/claim-deliveries.ts'
import { SETTLE_DELIVERIES } from '../../../src/notifications/delivery/store/settle-deliveries.ts'
import { NEXT_DUE } from '../../../src/notifications/delivery/store/watch-deliveries.ts'
import { type FreshPostgres, freshPostgres } from '../../setup/databases.ts'
import { flatten, type PlanNode } from '../../setup/plan-nodes.ts'

describe('with 20,000 deliveries done and 5,000 waiting', () => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    for (const setting of SESSION_SETTINGS) await client.query(setting)
    await client.query(
      `insert into notification_destination (id, user_id, channel, address, fingerprint, masked, verified_at)
       select gen_random_uuid(), 'u' || n, 'email', 'x', decode(md5(n::text), 'hex'), 'x', now() from generate_series(1, 200) n`,
    )
    await client.query(
      `insert into delivery (id, purpose, notification_id, destination_id, version, version_at, state, due_at, finished_at)
       select gen_random_uuid(), 'notification', gen_random_uuid(), t.id, 1, now(), case when n <= 100 then 'delivered' else 'pending' end,
         case when n > 100 then now() - n * interval '1 second' end, case when n <= 100 then now() end
       from notification_destination t, generate_series(1, 125) n`,
    )
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  const planOf = async (text: string, values: string): Promise<readonly PlanNode[]> => {
    await client.query('deallocate all')
    await client.query(`prepare hot as ${text}`)
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (analyze, format json) execute hot${values}`)
    return flatten(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode)
  }

  test.each([
    ['force_custom_plan', false],
    ['force_generic_plan', false],
    ['force_custom_plan', true],
    ['force_generic_plan', true],
  ])('a claim walks what is due in order, and looks at no more than it takes (%s, analyzed: %s)', async (mode, isAnalyzed) => {
    if (isAnalyzed) await client.query('analyze delivery, notification_destination')
    await client.query(`set plan_cache_mode = ${mode}`)
    await client.query('begin')
    const nodes = await planOf(CLAIM_DELIVERIES.text, '(20)')
    await client.query('rollback')
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort')
    const walk = nodes.find((node) => node['Index Name'] === 'delivery_due_idx')
    expect(walk?.['Node Type']).toBe('Index Scan')
    expect(walk?.['Actual Rows']).toBeLessThanOrEqual(20)
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
  })

  test.each(['force_custom_plan', 'force_generic_plan'])(
    'an outcome finds its rows by their lease, and the next due one is the first of the index (%s)',
    async (mode) => {
      await client.query(`set plan_cache_mode = ${mode}`)
      await client.query('begin')
      const settle = await planOf(SETTLE_DELIVERIES.text, `(array[gen_random_uuid()], '{delivered}', '{null}', '{null}', '{0}', '{false}')`)
      await client.query('rollback')
      expect(settle.map((node) => node['Index Name'])).toContain('delivery_token_idx')
      expect(settle.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
      const next = await planOf(NEXT_DUE.text, '')
      expect(next.find((node) => node['Index Name'] === 'delivery_due_idx')?.['Actual Rows']).toBe(1)
    },
  )
})
