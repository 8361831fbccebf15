import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { EventFollower } from '../../src/testing/event-follower.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { redisUrl } from '../setup/redis.ts'
import { control, Processes, reaches, start, workerAmong } from './control-story.ts'
import { expectContiguousEvents, expectExactRows, historyOf, sampleFile, startImport } from './import-story.ts'

const CHAOS = fileURLToPath(new URL('./fixtures/chaos-main.ts', import.meta.url))
const OPERATION = statement('chaos_operation', 'select state, version, settled_token, lease_token, write_no from operation')
const PROGRESS = statement('chaos_progress', 'select revision, succeeded, failed, total, message from operation_progress')
const ACTS = statement('chaos_acts', 'select what from chaos_act order by what')

/** Two processes on one PostgreSQL; `bus: redis` joins them, without it they know of each other through the database only. */
describe.each(['redis', 'memory'] as const)('instances on PostgreSQL with bus %s', (bus) => {
  const processes = new Processes()
  let postgres: FreshPostgres
  let env: Record<string, string>
  beforeEach(async () => {
    postgres = await freshPostgres({ poolSize: 2 })
    env = {
      DATABASE_URL: postgres.url,
      LEASE_SECONDS: '2',
      ...(bus === 'redis' ? { REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: `${new URL(postgres.url).pathname.slice(1)}:` } : {}),
    }
  })
  afterEach(async () => {
    await processes.endAll()
    await postgres.drop()
  })
  const spawn = (params: { readonly role?: 'api' | 'worker' } = {}): Promise<SpawnedApp> =>
    processes.start({ entry: [CHAOS], env: { ...env, ...(params.role ? { INSTANCE_ROLE: params.role } : {}) } })

  test('pause and cancel of a run on another instance show and arrive', { timeout: 120_000 }, async () => {
    const [front, worker] = await Promise.all([spawn({ role: 'api' }), spawn({ role: 'worker' })])
    const api = createApiClient({ url: front.url })
    const [first, second] = [
      await start(api, 'SANDBOX_EXERCISE', { items: 10_000, itemMs: 20 }),
      await start(api, 'SANDBOX_EXERCISE', { items: 10_000, itemMs: 20 }),
    ]
    for (const { id } of [first, second]) await reaches(api, id, (operation) => operation.progress.done > 5)
    const askedAt = performance.now()
    expect((await control(api, 'pause', first.id)).operation?.state).toBe('PAUSING')
    await reaches(api, first.id, 'PAUSED')
    const pausedMs = performance.now() - askedAt
    const cancelAskedAt = performance.now()
    expect((await control(api, 'cancel', second.id)).operation?.state).toMatch(/^CANCELING|CANCELED$/)
    await reaches(api, second.id, 'CANCELED')
    const canceledMs = performance.now() - cancelAskedAt
    console.log(`bus ${bus}: PAUSED after ${Math.round(pausedMs)} ms, CANCELED after ${Math.round(canceledMs)} ms`)
    expect((await control(api, 'resume', first.id)).operation?.state).toMatch(/^QUEUED|RUNNING$/)
    await reaches(api, first.id, 'RUNNING')
    expect(await worker.terminate()).toEqual({ code: 0, signal: null })
  })

  test('a zombie (SIGSTOP beyond its lease, SIGCONT after another finished) changes nothing and works on', { timeout: 120_000 }, async () => {
    const zombie = await spawn()
    const viaZombie = createApiClient({ url: zombie.url })
    const { id } = await startImport(viaZombie, await sampleFile(6_000), { batchSize: 5 })
    await reaches(viaZombie, id, (operation) => operation.progress.done > 200)
    zombie.freeze()
    const other = await spawn()
    const api = createApiClient({ url: other.url })
    await reaches(api, id, 'COMPLETED')
    const look = async () => ({
      operation: await postgres.database.run(OPERATION, []),
      progress: await postgres.database.run(PROGRESS, []),
      history: await historyOf(api, id),
    })
    const before = await look()
    expect(before.history.types).toContain('RESCUED')
    zombie.thaw()
    // It answers again, knows the truth, and does other work: only now everything that it had in hand has failed or passed.
    await reaches(viaZombie, id, 'COMPLETED')
    await other.terminate()
    const next = await start(viaZombie, 'SANDBOX_EXERCISE', { items: 20, itemMs: 5 })
    await reaches(viaZombie, next.id, 'COMPLETED')
    expect((await postgres.database.run(OPERATION, [])).slice(0, 1)).toEqual(before.operation)
    expect((await postgres.database.run(PROGRESS, [])).slice(0, 1)).toEqual(before.progress)
    expect(await historyOf(viaZombie, id)).toEqual(before.history)
    await expectExactRows(postgres.database, 6_000)
    await expectContiguousEvents(postgres.database)
    expect(await zombie.terminate()).toEqual({ code: 0, signal: null })
  })

  test.each([
    ['PAUSING', ['pause'], 'PAUSED', []],
    ['CANCELING', ['cancel'], 'CANCELED', ['cleanup']],
    ['PAUSING, then CANCELING', ['pause', 'cancel'], 'CANCELED', ['cleanup']],
  ] as const)('a worker that is killed in %s leaves nothing hanging', { timeout: 120_000 }, async (_name, verbs, end, acts) => {
    const apps = [await spawn(), await spawn()]
    const { id } = await start(createApiClient({ url: (apps[0] as SpawnedApp).url }), 'STUBBORN_LONG')
    const worker = await workerAmong(postgres.database, apps)
    const other = apps.find((app) => app !== worker) as SpawnedApp
    const api = createApiClient({ url: other.url })
    for (const verb of verbs) expect((await control(api, verb, id)).operation?.state).toBe(verb === 'pause' ? 'PAUSING' : 'CANCELING')
    await worker.kill()
    const { tookMs } = await reaches(api, id, end)
    console.log(`bus ${bus}: ${end} ${tookMs} ms after the kill, with a lease of 2 s`)
    expect((await postgres.database.run<{ what: string }>(ACTS, [])).map(({ what }) => what)).toEqual(acts)
    await expectContiguousEvents(postgres.database)
  })

  test('a handler that ignores every order is fenced off at its deadline, paused and canceled', { timeout: 120_000 }, async () => {
    const [front] = await Promise.all([spawn({ role: 'api' }), spawn({ role: 'worker' })])
    const api = createApiClient({ url: front.url })
    const [first, second] = [await start(api, 'STUBBORN'), await start(api, 'STUBBORN')]
    for (const { id } of [first, second]) await reaches(api, id, 'RUNNING')
    await control(api, 'pause', first.id)
    await control(api, 'cancel', second.id)
    await Promise.all([reaches(api, first.id, 'PAUSED'), reaches(api, second.id, 'CANCELED')])
    // The paused one may be resumed although its first handler never ended, and canceled again.
    await control(api, 'resume', first.id)
    await reaches(api, first.id, 'RUNNING')
    await control(api, 'cancel', first.id)
    await reaches(api, first.id, 'CANCELED')
    await expectContiguousEvents(postgres.database)
  })

  test('SIGTERM gives runs back at once, closes sockets with 1012 and ends with 0; the other instance goes on', { timeout: 120_000 }, async () => {
    const apps = await Promise.all([spawn(), spawn()])
    const { id, cursor } = await startImport(createApiClient({ url: apps[0].url }), await sampleFile(6_000), { batchSize: 2 })
    const leaving = await workerAmong(postgres.database, apps)
    const staying = apps.find((app) => app !== leaving) as SpawnedApp
    const api = createApiClient({ url: leaving.url })
    const follower = new EventFollower(id, { after: cursor })
    const following = follower.follow(api)
    const idle = api.watch<object, object>('subscription ($id: ID!) { operation(id: $id) { state } }', { id })
    await idle.next()
    await reaches(api, id, (operation) => operation.progress.done > 100)
    const stoppedAt = performance.now()
    const exit = leaving.terminate()
    expect((await idle.closed).code).toBe(1012)
    expect(await following).toBe(false)
    const there = createApiClient({ url: staying.url })
    const { tookMs } = await reaches(there, id, (operation) => operation.state !== 'QUEUED')
    console.log(`bus ${bus}: drained and running elsewhere ${Math.round(performance.now() - stoppedAt)} ms after SIGTERM (last wait ${tookMs} ms)`)
    expect(await exit).toEqual({ code: 0, signal: null })
    expect(await follower.follow(there)).toBe(true)
    const history = await historyOf(there, id)
    expect(history.types.filter((type) => type === 'RESCUED')).toHaveLength(1)
    expect(follower.events).toEqual(history.events.slice(-follower.events.length))
    await expectExactRows(postgres.database, 6_000)
  })
})
