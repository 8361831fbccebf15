import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../setup/databases.ts'
import { type DeliveryWorld, type DeliveryWorldParams, deliveryWorld } from './delivery-world.ts'
import { type HttpReceiver, headerOf, httpReceiver, type SmtpReceiver, smtpReceiver } from './receivers.ts'

let fresh: FreshDatabase
let world: DeliveryWorld
let http: HttpReceiver
let smtp: SmtpReceiver
afterEach(async () => {
  await world.close()
  await http.close()
  await smtp.close()
  expect(world.contained).toEqual([])
})

async function open({ settings, ...params }: Omit<DeliveryWorldParams, 'database'> = {}): Promise<void> {
  ;[http, smtp] = await Promise.all([httpReceiver(), smtpReceiver()])
  world = await deliveryWorld({ ...params, database: fresh.database, settings: { smtpUrl: smtp.url, allowedPrivateHosts: [http.host], ...settings } })
}

const titles = () => http.received.map(({ body }) => (JSON.parse(body) as { data: { title: string } }).data.title)

describe.each(databaseKinds)('a delivery on %s', (kind) => {
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.drop())

  test('of a notification reaches every destination of its user once, and nobody else', async () => {
    await open()
    await world.destination('webhook', `${http.url}/ana`)
    await world.destination('email', 'ana@example.com')
    await world.destination('webhook', `${http.url}/bob`, 'bob')
    await world.tell({ title: 'Import <b>failed</b>', body: 'Line 3 & more' })
    await expect.poll(() => world.states()).toEqual(['delivered', 'delivered'])
    expect(http.received.map(({ path }) => path)).toEqual(['/ana'])
    expect(smtp.received.map(({ to }) => to)).toEqual([['ana@example.com']])
  })

  test('that was edited before it was sent is one message with the newest text', async () => {
    await open({ settings: { graceMs: 60_000 } })
    await world.destination('webhook', http.url)
    await world.tell({ key: 'a', title: 'first' })
    await world.tell({ key: 'a', title: 'second' })
    await world.tell({ key: 'a', title: 'third' })
    expect(await world.rows()).toMatchObject([{ state: 'pending', version: 3 }])
    expect(http.received).toEqual([])
    await world.hurry()
    await expect.poll(() => world.states()).toEqual(['delivered'])
    expect(titles()).toEqual(['third'])
  })

  test('waits for the grace time, but not when it is urgent', async () => {
    await open({ settings: { graceMs: 60_000 } })
    await world.destination('webhook', http.url)
    await world.tell({ title: 'calm', urgency: 'normal' }, { title: 'high', urgency: 'high' }, { title: 'critical', urgency: 'critical' })
    await expect.poll(() => world.states()).toEqual(expect.arrayContaining(['pending', 'delivered', 'delivered']))
    await expect.poll(() => titles().toSorted()).toEqual(['critical', 'high'])
    const waiting = (await world.rows()).find(({ title }) => title === 'calm')
    expect(waiting?.state).toBe('pending')
  })

  test('becomes due at once when an edit makes it urgent', async () => {
    await open({ settings: { graceMs: 60_000 } })
    await world.destination('webhook', http.url)
    await world.tell({ key: 'a', category: 'progress', title: 'running' })
    await world.tell({ key: 'a', category: 'failure', title: 'failed', urgency: 'high' })
    await expect.poll(titles).toEqual(['failed'])
  })

  test.each([
    ['seen', (own: DeliveryWorld) => own.see()],
    ['dismissed', (own: DeliveryWorld) => own.dismiss()],
    [
      'turned off',
      (own: DeliveryWorld) => own.deliveries.preferences.set({ userId: 'ana', tenantId: null }, { category: 'failure', channel: 'webhook', enabled: false }),
    ],
  ])('is not sent when it was %s within the grace time', async (reason, act) => {
    await open({ settings: { graceMs: 60_000 } })
    await world.destination('webhook', http.url)
    await world.tell({})
    await act(world)
    await world.hurry()
    await expect.poll(() => world.states()).toEqual([`skipped: ${reason}`])
    expect(http.received).toEqual([])
  })

  test('of a version that nobody saw is sent, though one before was seen', async () => {
    await open()
    await world.destination('webhook', http.url)
    await world.tell({ key: 'a', title: 'first' })
    await expect.poll(titles).toEqual(['first'])
    await world.see()
    await world.tell({ key: 'a', title: 'second' })
    await expect.poll(titles).toEqual(['first', 'second'])
  })

  test('that the receiver refuses for now is tried again, under the same id', async () => {
    await open()
    http.answer((_request, response, count) => response.writeHead(count < 3 ? 500 : 204).end())
    await world.destination('webhook', http.url)
    await world.tell({})
    await expect.poll(() => world.states()).toEqual(['delivered'])
    expect(http.received).toHaveLength(3)
    expect(new Set(http.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(await world.rows()).toMatchObject([{ attempts: 3 }])
  })

  test('honours Retry-After, also for others to the same destination', async () => {
    await open()
    http.answer((_request, response, count) => response.writeHead(count === 1 ? 429 : 200, { 'retry-after': '60' }).end())
    await world.destination('webhook', http.url)
    await world.tell({ title: 'first' })
    await expect.poll(() => world.states()).toEqual(['pending: the receiver answered 429'])
    const [row] = await world.rows()
    expect((row?.dueAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000)
    await world.tell({ title: 'second' })
    await expect.poll(() => world.states()).toEqual(['pending: the receiver answered 429', 'pending: waits for its turn'])
    expect(http.received).toHaveLength(1)
  })

  test('of an edit that came while the first was being sent follows it', async () => {
    await open()
    const hold = Promise.withResolvers<void>()
    http.answer((_request, response, count) => void (count === 1 ? hold.promise.then(() => response.end()) : response.end()))
    await world.destination('webhook', http.url)
    await world.tell({ key: 'a', title: 'first' })
    await expect.poll(titles).toEqual(['first'])
    await world.tell({ key: 'a', title: 'second' })
    expect(await world.states()).toEqual(['sending'])
    hold.resolve()
    await expect.poll(titles).toEqual(['first', 'second'])
    await expect.poll(() => world.states()).toEqual(['delivered'])
  })

  test('is sent once, whichever of two instances takes it', async () => {
    await open()
    const other = world.another()
    await other.start()
    for (let index = 0; index < 5; index += 1) await world.destination('webhook', `${http.url}/${index}`)
    const tellings = Array.from({ length: 40 }, (_, index) => ({ title: `n${index}` }))
    await world.tell(...tellings)
    await expect.poll(async () => (await world.states()).every((state) => state === 'delivered')).toBe(true)
    const seen = http.received.map(({ path, headers }) => `${path} ${String(headers['webhook-id'])}`)
    expect(seen).toHaveLength(200)
    expect(new Set(seen).size).toBe(200)
  })

  test('keeps to the pace of its destination, which all instances share', async () => {
    const pace = { channel: { perSecond: 1_000, burst: 1_000 }, destination: { perSecond: 1 / 600, burst: 2 } }
    await open({ tuning: { paces: { email: pace, slack: pace, teams: pace, webhook: pace, whatsapp: pace } } })
    await world.another().start()
    await world.destination('webhook', http.url)
    await world.tell(...Array.from({ length: 5 }, (_, index) => ({ title: `n${index}` })))
    await expect
      .poll(() => world.states())
      .toEqual(expect.arrayContaining(['delivered', 'delivered', ...Array.from({ length: 3 }, () => 'pending: waits for its turn')]))
    expect(http.received).toHaveLength(2)
    const dues = (await world.rows()).flatMap(({ dueAt }) => (dueAt ? [dueAt.getTime()] : [])).toSorted((one, next) => one - next)
    expect(dues.slice(1).map((due, index) => Math.round((due - (dues[index] ?? 0)) / 1_000))).toEqual([600, 600])
  })
})

describe('an answer of a receiver', () => {
  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
  })
  afterAll(() => fresh.drop())

  test('that it is away: given up after its last try, and the destination says so', async () => {
    await open()
    http.answer((_request, response) => response.writeHead(503).end())
    const id = await world.destination('webhook', http.url)
    await world.tell({})
    await expect.poll(() => world.states()).toEqual(['failed: given up after 4 tries: the receiver answered 503'])
    expect(http.received).toHaveLength(4)
    expect(await world.deliveries.destinations.find(id)).toMatchObject({ lastState: 'failed', disabledAt: null })
  })

  test.each([
    [410, 'the receiver answered 410'],
    [302, 'the receiver answered 302, a redirect, and redirects are not followed: use the final address'],
  ])('%i is not repeated, and its destination is disabled', async (status, reason) => {
    await open()
    http.answer((_request, response) => response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data' }).end())
    const id = await world.destination('webhook', http.url)
    await world.tell({})
    await expect.poll(() => world.states()).toEqual([`failed: ${reason}`])
    expect(await world.deliveries.destinations.find(id)).toMatchObject({ lastState: 'failed', disabledReason: reason })
    await world.tell({})
    expect(await world.rows()).toHaveLength(1)
    expect(http.received).toHaveLength(1)
  })

  test('that never comes: unknown, and not sent again', async () => {
    await open({ http: { limits: { headersMs: 50 } } })
    http.answer(() => undefined)
    const id = await world.destination('webhook', http.url)
    await world.tell({ key: 'a', title: 'first' })
    await expect.poll(() => world.states()).toEqual([expect.stringContaining('unknown: expected an answer of 127.0.0.1')])
    expect(await world.deliveries.destinations.find(id)).toMatchObject({ lastState: 'unknown' })
    await world.hurry()
    http.answer((_request, response) => response.end())
    await world.tell({ key: 'b', title: 'another' })
    await expect.poll(titles).toEqual(['first', 'another'])
    // An edit is another message.
    await world.tell({ key: 'a', title: 'edited' })
    await expect.poll(titles).toEqual(['first', 'another', 'edited'])
  })

  test('that a mailbox does not exist disables it; that it is greylisted is tried again', async () => {
    await open()
    smtp.refuse(450)
    const id = await world.destination('email', 'ana@example.com')
    await world.tell({})
    await expect.poll(async () => (await world.rows())[0]?.reason).toBe('given up after 4 tries: the mail server answered 450')
    smtp.refuse(550)
    await world.tell({ title: 'another' })
    await expect.poll(() => world.states()).toContain('failed: the mail server answered 550')
    expect(await world.deliveries.destinations.find(id)).toMatchObject({ disabledReason: 'the mail server answered 550' })
    expect(smtp.received).toEqual([])
  })

  test('aside, mails hang together with those before, and say how to end them', async () => {
    await open()
    await world.destination('email', 'ana@example.com')
    await world.tell(
      { key: 'a', title: 'Import\r\nBcc: eve@example.com\r\n\r\nhello', category: 'status', kind: 'warning', urgency: 'high' },
      { key: 'b', category: 'failure' },
    )
    await world.deliveries.preferences.set({ userId: 'ana', tenantId: null }, { category: 'status', channel: 'email', enabled: true })
    await world.tell({ key: 'a', title: 'Import again', category: 'failure' })
    await expect.poll(async () => (await world.rows()).filter(({ state }) => state === 'delivered')).toHaveLength(2)
    await world.tell({ key: 'a', title: 'And again', category: 'failure' })
    await expect.poll(() => smtp.received.length).toBe(3)
    const mails = smtp.received.filter(({ source }) => headerOf(source, 'Subject')?.includes('gain')).map(({ source }) => source)
    const [first, second] = mails as [string, string]
    expect(headerOf(second, 'In-Reply-To')).toBe(headerOf(first, 'Message-ID'))
    expect(headerOf(second, 'References')?.split(' ')[0]).toBe(headerOf(first, 'References'))
    expect(headerOf(first, 'List-Unsubscribe')).toMatch(/^<https:\/\/batuta\.example\.com\/notifications\/unsubscribe\?token=[\w.-]+>$/)
    expect(headerOf(first, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
    expect(headerOf(first, 'Auto-Submitted')).toBe('auto-generated')
    for (const { to, source } of smtp.received) {
      expect(to).toEqual(['ana@example.com'])
      expect(headerOf(source, 'Bcc')).toBeUndefined()
    }
  })

  test('that a mail was taken never comes: unknown', async () => {
    await open()
    const cut = Promise.withResolvers<void>()
    smtp.beforeAcknowledging(() => cut.promise)
    await world.destination('email', 'ana@example.com')
    await world.tell({})
    await expect.poll(() => smtp.received.length).toBe(1)
    smtp.cut()
    await expect.poll(() => world.states()).toEqual([expect.stringContaining('unknown: the mail server broke off')])
    expect(smtp.received).toHaveLength(1)
    cut.resolve()
  })
})
