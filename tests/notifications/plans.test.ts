import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ORDERED_SETTINGS, SESSION_SETTINGS } from '../../src/database/session-settings.ts'
import { COUNT_UNSEEN } from '../../src/notifications/store/count-unseen.ts'
import { FIND_PRUNABLE } from '../../src/notifications/store/find-prunable.ts'
import { LIST_MEMBERS, LIST_MEMBERS_OF } from '../../src/notifications/store/list-members.ts'
import { LIST } from '../../src/notifications/store/list-notifications.ts'
import { PRUNE_INBOX_EVENTS } from '../../src/notifications/store/prune-inbox-events.ts'
import { READ_WIDE } from '../../src/notifications/store/read-announcement-sources.ts'
import { READ_ANNOUNCEMENTS } from '../../src/notifications/store/read-announcements.ts'
import { READ_BY_KEYS } from '../../src/notifications/store/read-by-keys.ts'
import { READ_RECENT } from '../../src/notifications/store/read-recent.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { flatten, type PlanNode } from '../setup/plan-nodes.ts'

const FIRST = '00000000-0000-0000-0000-000000000000'
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Hot statements, their arguments, and the indexes that they walk. `isOrdered`: without a sort. `within`: what bounds every walk of notifications. */
const CASES = [
  { of: READ_BY_KEYS, args: `'{u1,u2}', '{k1,k2}'`, walks: ['notification_key_idx'] },
  { of: READ_RECENT, args: `'{u1,u2}', '{T1,T2}'`, walks: ['notification_outcome_idx', 'notification_progress_idx'] },
  { of: COUNT_UNSEEN, args: `'{u1,u2}'`, walks: ['notification_unseen_idx'] },
  { of: LIST, args: `'u1', null, null, null, null, null, false, 2147483647, 51`, walks: [], within: 'user_id = ' },
  { of: READ_ANNOUNCEMENTS, args: `'{u1,u2}', '{k1}'`, walks: ['notification_announcement_idx'] },
  { of: FIND_PRUNABLE, args: '604800000, 100', walks: ['notification_updated_idx'], isOrdered: true },
  { of: LIST_MEMBERS, args: `'${FIRST}', '${LAST}', 50`, walks: ['notification_member_list_idx'], within: 'notification_id = ' },
  { of: LIST_MEMBERS_OF, args: `'${FIRST}', '${LAST}', 50, '{failed}'`, walks: ['notification_member_outcome_idx'] },
  { of: READ_WIDE, args: '', walks: ['operation_wide_idx'] },
  { of: PRUNE_INBOX_EVENTS, args: `'${FIRST}', 100, 1000, 1000, 100`, walks: ['stream_head_pkey', 'event_pkey'], settings: ORDERED_SETTINGS },
] as const

describe('plans of notifications', () => {
  let fresh: FreshPostgres
  let client: pg.Client
  beforeAll(async () => {
    fresh = await freshPostgres()
    client = new pg.Client({ connectionString: fresh.url })
    await client.connect()
    await client.query(
      `insert into notification (id, user_id, key, category, kind, title, operation_type, seq, outcome_at, seen_at)
       select gen_random_uuid(), 'u' || n % 500, 'k' || n, (array['progress', 'result', 'failure', 'announcement'])[1 + n % 4], 'info', 'x', 'T' || n % 3, n,
         case when n % 4 in (1, 2) then now() end, case when n % 10 > 0 then now() end from generate_series(1, 30000) n`,
    )
    await client.query(
      `insert into notification_member (operation_id, notification_id, outcome, operation_version)
       select gen_random_uuid(), g.id, case when n % 100 = 0 then 'failed' else 'completed' end, 1
         from (select id from notification order by seq limit 10) g, generate_series(1, 3000) n`,
    )
    await client.query(
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, impact)
       select gen_random_uuid(), 'A', 'A', 'queued', 1, 'o' || n % 100, '{}', '{}', 1,
         case when n % 5000 = 0 then '{"level": "critical", "blocks": [], "warns": [], "scope": "everybody"}'::jsonb end from generate_series(1, 20000) n`,
    )
    await client.query(`insert into stream_head (stream, name, head) select gen_random_uuid(), 'inbox:' || n, 5 from generate_series(1, 5000) n`)
    await client.query(`insert into event (stream, seq, type, data) select stream, n, 'a', '{}' from stream_head, generate_series(1, 5) n`)
  })
  afterAll(async () => {
    await client.end()
    await fresh.drop()
  })

  describe.each([
    ['force_custom_plan', false],
    ['force_generic_plan', false],
    ['force_custom_plan', true],
    ['force_generic_plan', true],
  ])('with %s, analyzed: %s', (mode, isAnalyzed) => {
    beforeAll(async () => {
      if (isAnalyzed) await client.query('analyze')
    })

    test.each(CASES.map((one) => [one.of.name, one] as const))('%s', async (_name, one) => {
      const { of, args, walks } = one
      for (const setting of 'settings' in one ? one.settings : SESSION_SETTINGS) await client.query(setting)
      await client.query(`set plan_cache_mode = ${mode}`)
      await client.query('deallocate all')
      await client.query(`prepare one as ${of.text}`)
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`explain (format json) execute one${args && `(${args})`}`)
      const nodes = flatten(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode)
      const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined).map((node) => node['Relation Name'])
      expect(scanned).toEqual([])
      expect(nodes.map((node) => node['Index Name'])).toEqual(expect.arrayContaining([...walks]))
      const walked = nodes.filter((node) => node['Index Name']?.startsWith('notification_') && node['Index Name'] !== 'notification_member_pkey')
      const within = 'within' in one ? one.within : ''
      expect(walked.filter((node) => !node['Index Cond']?.includes(within) && within !== '')).toEqual([])
      expect(nodes.filter((node) => node['Node Type'] === 'Sort' && 'isOrdered' in one)).toEqual([])
      await client.query('reset all')
    })
  })
})
