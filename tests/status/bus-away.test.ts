import { afterEach, describe, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { type Environment, parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type FreshDatabase, freshPglite, freshPostgres } from '../setup/databases.ts'
import { ownRedis } from '../setup/redis.ts'

let stop: () => Promise<void> = () => Promise.resolve()
afterEach(() => stop())

async function startApp(environment: Environment, fresh: FreshDatabase): Promise<App> {
  const app = await createApp({ config: parseConfig({ PORT: '0', ...environment }), telemetry: new Telemetry(), database: fresh.database })
  stop = async () => {
    await app.stop()
    await fresh.drop()
  }
  await app.start()
  return app
}

const readiness = async (app: App) => {
  const response = await fetch(`${app.url}/readyz`)
  return [response.status, await response.json()] as const
}

async function systemStatus(app: App): Promise<unknown> {
  const body = JSON.stringify({ query: '{ systemStatus { level message causes { type title } } }' })
  const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return ((await response.json()) as { data: { systemStatus: unknown } }).data.systemStatus
}

describe('a server whose bus is away', () => {
  test('stays ready and says that it is degraded, in /readyz and in systemStatus, until it is back', async () => {
    const redis = await ownRedis()
    const app = await startApp({ REDIS_URL: redis.url }, await freshPglite())
    expect(await readiness(app)).toEqual([200, { status: 'ready', checks: { database: 'ok', bus: 'ok' } }])
    expect(await systemStatus(app)).toEqual({ level: 'OPERATIONAL', message: 'Everything works.', causes: [] })
    await redis.kill()
    await expect.poll(() => readiness(app)).toEqual([200, { status: 'degraded', checks: { database: 'ok', bus: 'degraded' } }])
    expect(await systemStatus(app)).toEqual({
      level: 'DEGRADED',
      message: expect.stringMatching(/^degraded: bus/),
      causes: [{ type: null, title: 'Live updates may be a few seconds late' }],
    })
    await redis.restart()
    await expect.poll(() => readiness(app)).toEqual([200, { status: 'ready', checks: { database: 'ok', bus: 'ok' } }])
    expect(await systemStatus(app)).toMatchObject({ level: 'OPERATIONAL' })
    await redis.stop()
  })

  test('is not one that was configured without Redis, on PostgreSQL either', async () => {
    const fresh = await freshPostgres()
    const app = await startApp({ DATABASE_URL: fresh.url }, fresh)
    expect(app.bus.connected).toBe(false)
    expect(await readiness(app)).toEqual([200, { status: 'ready', checks: { database: 'ok' } }])
    expect(await systemStatus(app)).toMatchObject({ level: 'OPERATIONAL' })
  })
})
