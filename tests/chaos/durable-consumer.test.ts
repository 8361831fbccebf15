import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { databaseKinds } from '../setup/databases.ts'
import { type Backing, backing } from './backing.ts'
import { Processes, start } from './control-story.ts'
import { historyOf } from './import-story.ts'

const CHAOS = fileURLToPath(new URL('./fixtures/chaos-main.ts', import.meta.url))
const ACTS = statement('chaos_consumed', 'select what, seq from chaos_act')
const TOLD = statement(
  'chaos_told',
  `select count(*)::int as outcomes from event where stream = (select stream from stream_head where name = 'inbox:local') and data -> 'notification' ->> 'kind' = 'error'`,
)
const OUTBOX = statement('chaos_outbox', 'select id from outbox')

const processes = new Processes()
let store: Backing
afterEach(async () => {
  await processes.endAll()
  await store.drop()
})

test.each(databaseKinds)('a kill -9 right after the commit of a failure still leads to what must follow, once, on %s', { timeout: 120_000 }, async (kind) => {
  store = await backing(kind)
  const env = { ...store.env, LEASE_SECONDS: '2' }
  const dying = await processes.start({ entry: [CHAOS, 'die-at-failure'], env })
  const failing = start(createApiClient({ url: dying.url }), 'FRAGILE', { note: 'die' }).catch(() => undefined)
  expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' })
  await failing
  const next = await processes.start({ entry: [CHAOS], env })
  const api = createApiClient({ url: next.url })
  const { operations } = await api.ask<{ operations: { edges: { node: { id: string; state: string } }[] } }, object>(
    '{ operations { edges { node { id state } } } }',
  )
  expect(operations.edges.map(({ node }) => node.state)).toEqual(['FAILED'])
  const history = await historyOf(api, (operations.edges[0] as { node: { id: string } }).node.id)
  await expect.poll(() => next.log(), { timeout: 15_000 }).toContain(`consumes ${history.version} of`)
  // The owner is told of it, once.
  const told = () =>
    api.ask<{ notifications: { unseenCount: number; edges: { node: { title: string; version: number } }[] } }, object>(
      '{ notifications { unseenCount edges { node { title version } } } }',
    )
  await expect.poll(told, { timeout: 15_000 }).toEqual({
    notifications: { unseenCount: 1, edges: [{ node: { title: 'Fragile: failed', version: expect.any(Number) } }] },
  })
  // A drain lets what was begun be committed.
  expect(await next.terminate()).toEqual({ code: 0, signal: null })
  await store.look(async (database) => {
    expect(await database.run(ACTS, [])).toEqual([{ what: 'failed', seq: history.version }])
    expect(await database.run(OUTBOX, [])).toEqual([])
    expect(await database.run(TOLD, [])).toEqual([{ outcomes: 1 }])
  })
})
