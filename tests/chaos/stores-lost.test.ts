import { afterEach, expect, test } from 'vitest'
import { createApiClient } from '../../src/testing/api-client.ts'
import { EventFollower } from '../../src/testing/event-follower.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { freshPostgres, ownPostgres } from '../setup/databases.ts'
import type { PostgresServer } from '../setup/postgres-server.ts'
import { administer } from '../setup/postgres-template.ts'
import { ownRedis } from '../setup/redis.ts'
import { control, Processes, reaches, start } from './control-story.ts'
import { historyOf, sampleFile, startImport } from './import-story.ts'

const processes = new Processes()
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  await processes.endAll()
  for (const end of ends.splice(0).toReversed()) await end()
})

const isAlive = (app: SpawnedApp): Promise<boolean> => Promise.race([app.exit.then(() => false), fetch(`${app.url}/livez`).then((response) => response.ok)])

test('Redis killed and restarted during runs and subscriptions: nothing is lost, pauses still arrive', { timeout: 120_000 }, async () => {
  const redis = await ownRedis()
  ends.push(() => redis.stop())
  const postgres = await freshPostgres({ poolSize: 2 })
  ends.push(() => postgres.drop())
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, LEASE_SECONDS: '5' }
  const [front, worker] = await Promise.all([
    processes.start({ env: { ...env, INSTANCE_ROLE: 'api' } }),
    processes.start({ env: { ...env, INSTANCE_ROLE: 'worker' } }),
  ])
  const api = createApiClient({ url: front.url })
  const imported = await startImport(api, await sampleFile(6_000), { batchSize: 5 })
  const follower = new EventFollower(imported.id, { after: imported.cursor })
  const following = follower.follow(api)
  const endless = await start(api, 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 20 })
  await reaches(api, imported.id, (operation) => operation.progress.done > 100)
  await redis.kill()
  // Without Redis: starts, pauses and resumes go through the database, and live views go on.
  const during = await start(api, 'SANDBOX_EXERCISE', { items: 10, itemMs: 5 })
  await reaches(api, during.id, 'COMPLETED')
  await control(api, 'pause', endless.id)
  await reaches(api, endless.id, 'PAUSED')
  await redis.restart()
  await control(api, 'resume', endless.id)
  await reaches(api, endless.id, 'RUNNING')
  await reaches(api, imported.id, 'COMPLETED')
  expect(await following).toBe(true)
  const history = await historyOf(api, imported.id)
  expect(follower.gaps).toBe(0)
  expect(follower.events).toEqual(history.events.slice(-follower.events.length))
  expect(history.types).not.toContain('RESCUED')
  await control(api, 'cancel', endless.id)
  await reaches(api, endless.id, 'CANCELED')
  expect(await Promise.all([front, worker].map(isAlive))).toEqual([true, true])
  expect(await worker.terminate()).toEqual({ code: 0, signal: null })
})

test.each([
  ['restarted by its administrator', 'SIGINT'],
  ['killed', 'SIGKILL'],
] as const)(
  'PostgreSQL %s during runs and subscriptions: operations finish, subscribers go on, the process stays up',
  { timeout: 180_000 },
  async (_how, signal) => {
    const server: PostgresServer = await ownPostgres()
    ends.push(() => server.stop())
    await administer(server.url, 'create database chaos')
    const app = await processes.start({ env: { DATABASE_URL: server.url.replace(/postgres$/, 'chaos'), LEASE_SECONDS: '5' } })
    const api = createApiClient({ url: app.url })
    const imported = await startImport(api, await sampleFile(6_000), { batchSize: 5 })
    const follower = new EventFollower(imported.id, { after: imported.cursor })
    const following = follower.follow(api)
    const exercise = await start(api, 'SANDBOX_EXERCISE', { items: 200, itemMs: 10 })
    await reaches(api, imported.id, (operation) => operation.progress.done > 100)
    await server.halt(signal)
    expect((await fetch(`${app.url}/livez`)).status).toBe(200)
    await expect.poll(async () => (await fetch(`${app.url}/readyz`)).status, { timeout: 10_000 }).toBe(503)
    // Who asks meanwhile waits or is told to try again; nobody sees the driver's words.
    const asked = api.answer('{ operations { edges { node { id } } } }').then(({ errors }) => errors?.map((error) => error.extensions?.['code']) ?? 'answered')
    await server.restart()
    expect(['answered', ['UNAVAILABLE']]).toContainEqual(await asked)
    await expect.poll(async () => (await fetch(`${app.url}/readyz`)).status, { timeout: 20_000 }).toBe(200)
    await reaches(api, imported.id, 'COMPLETED')
    await reaches(api, exercise.id, 'COMPLETED')
    expect((await following) || (await follower.follow(api))).toBe(true)
    const history = await historyOf(api, imported.id)
    expect(follower.gaps).toBe(0)
    expect(follower.events).toEqual(history.events.slice(-follower.events.length))
    expect(history.types.filter((type) => type === 'COMPLETED')).toHaveLength(1)
    expect(await app.terminate()).toEqual({ code: 0, signal: null })
  },
)
