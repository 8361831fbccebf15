import { afterEach, describe, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { type Backing, backing } from './backing.ts'
import { Processes, start, workerAmong } from './control-story.ts'
import { expectContiguousEvents } from './import-story.ts'

const STEPS =
  'subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { state done progress { done } steps { name state } ... on SystemMaintenanceOperation { result { instances } } } }'
const AFTER = statement(
  'chaos_maintenance',
  `select o.state, o.attempt, o.failures, (select generation from worker_restart) as generation,
  (select count(*)::int from pg_index where not indisvalid) as invalid, (select count(*)::int from maintenance_probe) as probes
from operation o where o.type = 'SYSTEM_MAINTENANCE'`,
)

interface Seen {
  readonly state: string
  readonly done: boolean
  readonly progress: { readonly done: number }
  readonly steps: readonly { readonly name: string; readonly state: string }[]
  readonly result?: { readonly instances: number } | null
}
type StepName = 'applyChanges' | 'restartServices'

/** Alive, as its row says, and never restarting: nobody gets past restartServices while it is there. */
const HOLD = statement(
  'chaos_hold_restart',
  `insert into instance (id, name, role, generation, renewed_at) values (gen_random_uuid(), 'deaf', 'worker', 0, now() + interval '1 day')`,
)
const LET_GO = statement('chaos_let_go', `delete from instance where name = 'deaf'`)
const RESTARTED = statement('chaos_restarted', `select id from instance where generation = 1`)

/** Watches through one process until the operation is as wanted. */
async function sees(api: ApiClient, id: string, fits: (seen: Seen) => boolean): Promise<Seen> {
  const stream = api.watch<{ operation: Seen }, object>(STEPS, { id })
  try {
    return (await stream.until(({ operation }) => fits(operation))).operation
  } finally {
    await stream.end()
  }
}
const hasBegun = (name: StepName) => (seen: Seen) => seen.steps.some((step) => step.name === name && step.state !== 'PENDING')

describe('a maintenance whose process is killed (-9)', () => {
  const processes = new Processes()
  let store: Backing
  afterEach(async () => {
    await processes.endAll()
    await store.drop()
  })
  const maintain = (api: ApiClient) => start(api, 'SYSTEM_MAINTENANCE', { reason: 'chaos' })
  const EXPECTED = { state: 'completed', attempt: 1, failures: 0, generation: 1, invalid: 0, probes: 0 }

  test.each([
    ['applyChanges', 0],
    ['restartServices', 2],
  ] as const)('in %s is finished by the other instance', { timeout: 120_000 }, async (name, restarted) => {
    store = await backing('postgres')
    const env = { ...store.env, LEASE_SECONDS: '2' }
    const apps = await Promise.all([processes.start({ env }), processes.start({ env })])
    await store.look(async (database) => {
      await database.run(HOLD, [])
      const { id } = await maintain(createApiClient({ url: apps[0].url }))
      const { progress } = await sees(createApiClient({ url: apps[0].url }), id, hasBegun(name))
      await expect.poll(async () => (await database.run(RESTARTED, [])).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(restarted)
      const killed = await workerAmong(database, apps)
      const other = apps.find((app) => app !== killed) as SpawnedApp
      await killed.kill()
      await database.run(LET_GO, [])
      const ended = await sees(createApiClient({ url: other.url }), id, (seen) => seen.done)
      expect(ended.state).toBe('COMPLETED')
      expect(ended.progress.done).toBeGreaterThan(progress.done)
      expect(await database.run(AFTER, [])).toEqual([EXPECTED])
      await expectContiguousEvents(database)
    })
  })

  test('on the embedded database goes on where it was after a new start', { timeout: 120_000 }, async () => {
    store = await backing('pglite')
    let app = await processes.start({ env: store.env })
    const { id } = await maintain(createApiClient({ url: app.url }))
    for (const name of ['applyChanges', 'restartServices'] as const) {
      const seen = await sees(createApiClient({ url: app.url }), id, (one) => hasBegun(name)(one) || one.done)
      await app.kill()
      app = await processes.start({ env: store.env })
      if (seen.done) break
    }
    expect(await sees(createApiClient({ url: app.url }), id, (seen) => seen.done)).toMatchObject({ state: 'COMPLETED', result: { instances: 1 } })
  })
})
