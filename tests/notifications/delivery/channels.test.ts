import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/config/config.ts'
import { statement } from '../../../src/database/statement.ts'
import { pruneDeliveries } from '../../../src/notifications/delivery/store/watch-deliveries.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'
import { type FreshDatabase, freshPostgres } from '../../setup/databases.ts'
import { type DeliveryWorld, type DeliveryWorldParams, deliveryWorld } from './delivery-world.ts'
import { type HttpReceiver, headerOf, httpReceiver, type SmtpReceiver, smtpReceiver } from './receivers.ts'

let fresh: FreshDatabase
let world: DeliveryWorld
let http: HttpReceiver
let smtp: SmtpReceiver
beforeAll(async () => {
  fresh = await freshPostgres()
})
afterAll(() => fresh.drop())
afterEach(async () => {
  await world.close()
  await http.close()
  await smtp.close()
  expect(world.contained).toEqual([])
})

async function open({ settings, ...params }: Omit<DeliveryWorldParams, 'database'> = {}): Promise<void> {
  ;[http, smtp] = await Promise.all([httpReceiver(), smtpReceiver()])
  const slack = { slackBotToken: 'xoxb-test', slackApiUrl: `${http.url}/api` }
  world = await deliveryWorld({ ...params, database: fresh.database, settings: { smtpUrl: smtp.url, allowedPrivateHosts: [http.host], ...slack, ...settings } })
}

const bodies = () => http.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
const life = [
  { key: 'a', category: 'progress', kind: 'info', title: 'started' },
  { key: 'a', category: 'progress', kind: 'info', title: 'half of it' },
  { key: 'a', category: 'result', kind: 'success', title: 'completed' },
] as const

/** One edit after the other, each after the one before was delivered or left out. */
async function tellLife(): Promise<void> {
  for (const part of life) {
    await world.tell(part)
    await expect.poll(async () => (await world.states()).every((state) => /delivered|skipped/.test(state))).toBe(true)
  }
}

const want = (channel: 'slack' | 'teams' | 'email' | 'whatsapp', category: 'progress' | 'result' = 'progress') =>
  world.deliveries.preferences.set({ userId: 'ana', tenantId: null }, { category, channel, enabled: true })

describe('Slack', () => {
  test('by a bot: one message, edited', async () => {
    await open()
    http.answer((_request, response) => response.end(JSON.stringify({ ok: true, channel: 'C0123456789', ts: '1700000000.000100' })))
    await want('slack')
    await world.destination('slack', 'C0123456789')
    // The code of its verification.
    await expect.poll(() => http.received.length).toBe(1)
    await tellLife()
    const calls = http.received.slice(1).map(({ path }, index) => [path, bodies()[index + 1]?.['channel'], bodies()[index + 1]?.['ts']])
    expect(calls).toEqual([
      ['/api/chat.postMessage', 'C0123456789', undefined],
      ['/api/chat.update', 'C0123456789', '1700000000.000100'],
      ['/api/chat.update', 'C0123456789', '1700000000.000100'],
    ])
    expect(http.received.every(({ headers }) => headers.authorization === 'Bearer xoxb-test')).toBe(true)
  })

  test('by a bot: a message that is gone is posted anew, a channel that is gone disables', async () => {
    await open()
    http.answer(({ path }, response) =>
      response.end(JSON.stringify(path.endsWith('update') ? { ok: false, error: 'message_not_found' } : { ok: true, channel: 'C1', ts: '1.2' })),
    )
    const id = await world.destination('slack', 'C0123456789')
    await expect.poll(() => http.received.length).toBe(1)
    await world.tell({ key: 'a', title: 'one' })
    await expect.poll(() => http.received.length).toBe(2)
    await world.tell({ key: 'a', title: 'two' })
    await expect.poll(() => http.received.map(({ path }) => path.slice(5))).toEqual(['chat.postMessage', 'chat.postMessage', 'chat.update', 'chat.postMessage'])
    http.answer((_request, response) => response.end('{"ok":false,"error":"channel_not_found"}'))
    await world.tell({ key: 'b', title: 'three' })
    await expect.poll(() => world.deliveries.destinations.find(id)).toMatchObject({ disabledReason: 'Slack answered channel_not_found' })
  })

  test('by a webhook: how it began and what came of it, not each milestone', async () => {
    await open()
    await want('slack')
    await world.destination('slack', `${http.url}/services/x`)
    await tellLife()
    expect(bodies().map((body) => body['text'])).toEqual(['started', 'completed'])
  })

  test('escapes what could be markup', async () => {
    await open()
    await world.destination('slack', `${http.url}/services/x`)
    await world.tell({ title: '<!channel> & <https://evil.example|click>' })
    await expect.poll(() => bodies()[0]?.['text']).toBe('&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;')
  })
})

test('Teams gets an adaptive card, and no milestones', async () => {
  await open()
  await want('teams')
  await world.destination('teams', `${http.url}/workflows/x`)
  await tellLife()
  const cards = bodies().map(({ attachments }) => (attachments as [{ contentType: string; content: { type: string; body: readonly { text: string }[] } }])[0])
  expect(cards.map(({ contentType, content }) => [contentType, content.type, content.body[0]?.text])).toEqual([
    ['application/vnd.microsoft.card.adaptive', 'AdaptiveCard', 'started'],
    ['application/vnd.microsoft.card.adaptive', 'AdaptiveCard', 'completed'],
  ])
})

test('WhatsApp goes through the gateway, which is the sandbox and says so', async () => {
  await open()
  await world.destination('whatsapp', '+34 600 111 222')
  await world.tell({ title: 'failed' })
  await expect.poll(async () => (await world.rows()).find(({ purpose }) => purpose === 'notification')?.reference).toMatch(/^sandbox-/)
  expect(world.deliveries.provider('whatsapp')).toBe('sandbox')
  expect(await world.deliveries.destinations.list('ana')).toMatchObject([{ masked: '+34…222', lastState: 'delivered' }])
})

test('a locked category has no link that turns it off; others turn off what they say, for whoever has the link', async () => {
  await open()
  await world.destination('email', 'ana@example.com')
  const actor = { kind: 'admin' as const, id: 'root' }
  await world.deliveries.preferences.setDefault({
    tenantId: null,
    category: 'connection',
    channel: 'email',
    enabled: true,
    locked: true,
    reason: 'safety',
    actor,
  })
  await world.tell({ category: 'connection', title: 'locked' }, { category: 'failure', title: 'open' })
  await expect.poll(() => smtp.received.length).toBe(2)
  const linkIn = (subject: string) => headerOf(smtp.received.find(({ source }) => headerOf(source, 'Subject') === subject)?.source ?? '', 'List-Unsubscribe')
  expect(linkIn('locked')).toBeUndefined()
  expect(linkIn('open')).toContain('/notifications/unsubscribe?token=')
})

test('the link of a mail shows a button, and turns the category off when the button or the mail program posts', async () => {
  await open()
  await world.destination('email', 'ana@example.com')
  await world.tell({ title: 'open' })
  await expect.poll(() => smtp.received.length).toBe(1)
  const link = /<https:\/\/batuta\.example\.com(.*)>/.exec(headerOf(smtp.received[0]?.source ?? '', 'List-Unsubscribe') ?? '')?.[1] ?? ''
  const isOn = async () => {
    const all = await world.deliveries.preferences.list({ userId: 'ana', tenantId: null })
    return all.find(({ category, channel }) => category === 'failure' && channel === 'email')?.enabled
  }
  const app = await createApp({ config: parseConfig({ PORT: '0' }), telemetry: new Telemetry(), database: fresh.database })
  await app.start()
  try {
    const page = await fetch(`${app.url}${link}`)
    expect([page.status, page.headers.get('content-security-policy'), await page.text()]).toEqual([
      200,
      expect.stringContaining("form-action 'self'"),
      expect.stringContaining('<button>'),
    ])
    expect(await isOn()).toBe(true)
    for (const bad of [`${link}x`, link.replace(/.$/, '_'), '/notifications/unsubscribe', '/notifications/unsubscribe?token=a.b']) {
      expect((await fetch(`${app.url}${bad}`, { method: 'POST' })).status).toBe(404)
    }
    expect((await fetch(`${app.url}${link}`, { method: 'POST', headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect(await isOn()).toBe(true)
    const posted = await fetch(`${app.url}${link}`, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect([posted.status, await isOn()]).toEqual([200, false])
  } finally {
    await app.stop()
  }
})

test('operators get alerts at their configured destinations; the same situation again is an edit', async () => {
  await open()
  const settings = {
    operators: [
      { channel: 'slack', address: `${http.url}/operators` },
      { channel: 'email', address: 'ops@example.com' },
    ] as const,
    // Of the configuration, so it may be private without being named.
    allowedPrivateHosts: [],
  }
  const server = world.another(settings)
  await server.start()
  const alert = async (title: string) => {
    await fresh.database.transaction((transaction) => server.alert(transaction, { key: 'disk', title, body: 'On host 1', urgency: 'high' }))
    server.planner.wake()
  }
  await alert('Disk is full')
  await expect.poll(() => [http.received.length, smtp.received.length]).toEqual([1, 1])
  await alert('Disk is full again')
  await expect.poll(() => [http.received.length, smtp.received.length]).toEqual([2, 2])
  expect(bodies().map((body) => String(body['text']).split('\n')[0])).toEqual(['Disk is full', 'Disk is full again'])
  expect(smtp.received.map(({ to }) => to)).toEqual([['ops@example.com'], ['ops@example.com']])
  const count = statement('test_count_alerts', `select count, version from notification where user_id = ''`)
  expect(await fresh.database.run(count, [])).toEqual([{ count: 2, version: 2 }])
  // One that the configuration does not name any more is gone after the next start.
  await world.another({ operators: [] }).start()
  expect(await server.destinations.list('')).toEqual([])
})

test('a lease that ended counts as unknown; an outcome that comes late is still taken', async () => {
  await open({ tuning: { leaseMs: 2_000 } })
  const late = Promise.withResolvers<void>()
  http.answer((_request, response) => void late.promise.then(() => response.end()))
  await world.destination('webhook', http.url)
  await world.tell({})
  await expect.poll(() => http.received.length).toBe(1)
  await fresh.database.run(statement('test_end_leases', `update delivery set lease_until = now() - interval '1 second' where state = 'sending'`), [])
  await expect.poll(() => world.states()).toEqual([expect.stringContaining('unknown: its process ended')])
  late.resolve()
  await expect.poll(() => world.states()).toEqual(['delivered'])
  expect(http.received).toHaveLength(1)
})

test('deliveries are forgotten after their retention, and never before they are done', async () => {
  await open({ tuning: { retentionMs: 0 }, settings: { graceMs: 60_000 } })
  await world.destination('webhook', http.url)
  await world.tell({ title: 'waits' })
  await fresh.database.run(
    statement(
      'test_finish',
      `insert into delivery (id, purpose, destination_id, version, version_at, state, finished_at)
    select gen_random_uuid(), 'test', gen_random_uuid(), 1, now(), 'delivered', now() - interval '1 hour' from generate_series(1, 5)`,
    ),
    [],
  )
  const prune = () => pruneDeliveries(fresh.database, { retentionMs: 60_000, limit: 3 })
  // The worker may have been there first.
  const counts = [await prune(), await prune(), await prune()]
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(5)
  expect(await world.states()).toEqual(['pending'])
})
