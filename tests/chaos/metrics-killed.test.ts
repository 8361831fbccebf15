import { afterEach, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { type Backing, backing } from './backing.ts'
import { Processes, start } from './control-story.ts'

const processes = new Processes()
let store: Backing
afterEach(async () => {
  await processes.endAll()
  await store.drop()
})

const STARTS = 40

const ENDED = statement(
  'killed_ended',
  `select count(*) filter (where type = 'completed')::int as completed, count(*) filter (where type = 'failed')::int as failed from event where type in ('completed', 'failed', 'canceled')`,
)
const SUMMED = statement(
  'killed_summed',
  `select coalesce(sum(completed), 0)::int as completed, coalesce(sum(failed), 0)::int as failed from operation_rollup where audience = 'everybody'`,
)
const LEFT = statement('killed_left', 'select count(*)::int as count from operation_end')

const METRICS = '{ operationMetrics(type: SANDBOX_EXERCISE) { completed failed } }'
interface Metrics {
  readonly operationMetrics: { readonly completed: number; readonly failed: number }
}

test.each([
  ['pglite', 1],
  ['postgres', 2],
] as const)('kills (-9) in the middle of the work lose no end and count none twice, on %s', { timeout: 400_000 }, async (kind, kills) => {
  store = await backing(kind)
  const env = { ...store.env, LEASE_SECONDS: '2', MAX_ACTIVE_PER_OWNER: '1000', WORKER_SLOTS: '4' }
  let app: SpawnedApp = await processes.start({ env })
  const ended = async (): Promise<number> => {
    const { operationMetrics } = await createApiClient({ url: app.url }).ask<Metrics, object>(METRICS)
    return operationMetrics.completed + operationMetrics.failed
  }
  for (let kill = 0; kill < kills; kill += 1) {
    const api = createApiClient({ url: app.url })
    // Every third fails for good at its last item.
    await Promise.all(
      Array.from({ length: STARTS / kills }, (_, index) =>
        start(api, 'SANDBOX_EXERCISE', { items: 5, itemMs: 10, ...(index % 3 === 0 && { failAt: 5, failAs: 'permanent' }) }),
      ),
    )
    const before = await ended()
    await expect.poll(ended, { timeout: 120_000, interval: 20 }).toBeGreaterThan(before)
    await app.kill()
    app = await processes.start({ env })
  }
  await expect.poll(ended, { timeout: 180_000 }).toBe(STARTS)
  const shown = (await createApiClient({ url: app.url }).ask<Metrics, object>(METRICS)).operationMetrics
  expect(await app.terminate()).toEqual({ code: 0, signal: null })
  await store.look(async (database) => {
    const [events] = await database.run(ENDED, [])
    expect(await database.run(SUMMED, [])).toEqual([events])
    expect(events).toEqual(shown)
    expect(await database.run(LEFT, [])).toEqual([{ count: 0 }])
  })
})
