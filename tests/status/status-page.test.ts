import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { ACTOR, type StatusWorld, statusWorld } from './status-world.ts'

const SECRET = 'a secret of at least thirty-two characters'

interface Page {
  readonly status: { readonly indicator: string; readonly description: string }
  readonly components: readonly { readonly id: string; readonly status: string }[]
  readonly incidents: readonly { readonly name: string; readonly impact: string; readonly components: readonly { readonly id: string }[] }[]
  readonly scheduled_maintenances: readonly {
    readonly name: string
    readonly status: string
    readonly scheduled_for: string
    readonly scheduled_until: string | null
  }[]
}

describe('the status page', () => {
  let fresh: FreshDatabase
  let app: App
  let world: StatusWorld
  beforeAll(async () => {
    fresh = await freshPglite()
    // With authentication, which the page must not need.
    app = await createApp({ config: parseConfig({ PORT: '0', AUTH_JWT_SECRET: SECRET }), telemetry: new Telemetry(), database: fresh.database })
    await app.start()
    const bus: Bus = app.bus
    world = await statusWorld(fresh.database, { bus })
  })
  afterAll(async () => {
    await world.stop()
    await app.stop()
    await fresh.drop()
  })

  const get = (path: string, init: RequestInit = {}) => fetch(`${app.url}/api/v2/${path}`, init)
  const summary = async (): Promise<Page> => (await (await get('summary.json')).json()) as Page
  const says = async (indicator: string) => {
    await expect.poll(async () => (await summary()).status.indicator).toBe(indicator)
  }

  test('says in the public shape of status pages that all is well', async () => {
    const response = await get('status.json')
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
      response.headers.get('access-control-allow-origin'),
    ]).toEqual([200, 'application/json; charset=utf-8', 'public, max-age=1', '*'])
    expect(await response.json()).toEqual({
      page: { id: 'batuta', name: 'Batuta', url: app.url, time_zone: 'Etc/UTC', updated_at: expect.any(String) },
      status: { indicator: 'none', description: 'All Systems Operational' },
    })
    expect(await summary()).toMatchObject({
      components: [
        { id: 'chat', name: 'Chat', status: 'operational', position: 1 },
        { id: 'api', name: 'API', status: 'operational', position: 2 },
      ],
      incidents: [],
      scheduled_maintenances: [],
    })
  })

  test('shows what reaches everybody, and nothing of owners, of tenants, or of who did it', async () => {
    const [secret, owner] = ['Only for acme', 'ana@example.com']
    await world.open(owner, { title: secret, tenantId: 'acme', impact: { level: 'critical', scope: 'tenant' } })
    const own = await world.start('CONNECTION', owner)
    const work = await world.open('sync', { title: 'Moving the data', impact: { level: 'critical', blocks: ['chat'], scope: 'everybody' } })
    await says('critical')
    const page = await summary()
    expect(page).toMatchObject({
      status: { indicator: 'critical', description: 'Major Service Outage' },
      components: [
        { id: 'chat', status: 'major_outage' },
        { id: 'api', status: 'partial_outage' },
      ],
      incidents: [{ name: 'Moving the data', impact: 'critical', components: [{ id: 'chat' }, { id: 'api' }] }],
    })
    const whole = JSON.stringify(page)
    for (const hidden of [secret, owner, work.id, own.id, 'root', 'sync', 'acme', 'Connection']) expect(whole).not.toContain(hidden)
    await world.complete(work.id)
    await says('none')
  })

  test('announces maintenances, and shows them while they last', async () => {
    const plan = { reason: 'Upgrade', level: 'maintenance', blocks: ['chat'], warns: [], actor: ACTOR, idempotencyKey: undefined } as const
    const [from, until] = [new Date(Date.now() + 3_600_000), new Date(Date.now() + 7_200_000)]
    await world.status.windows.planMaintenance({ ...plan, reason: 'For one tenant', from: undefined, until, tenantId: 'acme' })
    const planned = await world.status.windows.planMaintenance({ ...plan, from, until, tenantId: null })
    if (planned.kind !== 'done') throw new Error('expected it to be planned')
    await expect
      .poll(async () => (await summary()).scheduled_maintenances)
      .toMatchObject([
        { name: 'Upgrade', status: 'scheduled', scheduled_for: from.toISOString(), scheduled_until: until.toISOString(), components: [{ id: 'chat' }] },
      ])
    const { id } = planned.window
    await world.status.windows.updateMaintenance({ id, reason: undefined, from: new Date(), until: undefined, expectedVersion: undefined })
    await says('maintenance')
    expect(await summary()).toMatchObject({
      status: { description: 'Service Under Maintenance' },
      components: [{ status: 'under_maintenance' }, { status: 'operational' }],
      incidents: [],
      scheduled_maintenances: [{ name: 'Upgrade', status: 'in_progress' }],
    })
    await world.status.windows.endMaintenance(id)
    await says('none')
  })

  test('is open to pages of any origin and to any token, changes nothing, and answers 304 while nothing changed', async () => {
    const origin = { origin: 'https://widget.example' }
    const response = await get('summary.json', { headers: { ...origin, authorization: 'Bearer nonsense' } })
    expect([response.status, response.headers.get('access-control-allow-origin'), response.headers.get('access-control-allow-credentials')]).toEqual([
      200,
      '*',
      null,
    ])
    const etag = response.headers.get('etag') as string
    const again = await get('summary.json', { headers: { ...origin, 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const preflight = await get('summary.json', { method: 'OPTIONS', headers: { ...origin, 'access-control-request-headers': 'if-none-match' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      '*',
      'if-none-match',
    ])
    expect((await get('summary.json', { method: 'POST', headers: origin })).status).toBe(405)
    // Everything else stays as it is.
    expect((await fetch(`${app.url}/graphql`, { headers: origin })).status).toBe(403)
  })

  test('asks the database once a second, however many ask, and says so when it is away', async () => {
    const before = world.ran.filter((name) => name === 'status_read_effects').length
    const asked = await Promise.all(Array.from({ length: 200 }, () => world.status.page.at('http://page')))
    expect(new Set(asked.map(({ etag }) => etag)).size).toBe(1)
    expect(world.ran.filter((name) => name === 'status_read_effects').length - before).toBe(1)
    world.failing.add('status_read_effects')
    await expect
      .poll(async () => (await world.status.page.at('http://page')).summary)
      .toMatchObject({
        status: { indicator: 'critical' },
        components: [{ status: 'major_outage' }, { status: 'major_outage' }],
        incidents: [{ name: 'The service can not reach its data' }],
      })
    world.failing.clear()
    await expect.poll(async () => (await world.status.page.at('http://page')).summary.status.indicator).toBe('none')
  })
})
