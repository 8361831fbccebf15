import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { type FreshDatabase, freshPostgres } from '../../setup/databases.ts'
import { type DeliveryWorld, deliveryWorld } from './delivery-world.ts'
import { type HttpReceiver, headerOf, httpReceiver, type SmtpReceiver, smtpReceiver } from './receivers.ts'

let fresh: FreshDatabase
let world: DeliveryWorld
let http: HttpReceiver
let smtp: SmtpReceiver
let nowMs: number
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

async function openAt(now: string): Promise<void> {
  nowMs = Date.parse(now)
  ;[http, smtp] = await Promise.all([httpReceiver(), smtpReceiver()])
  const settings = { smtpUrl: smtp.url, allowedPrivateHosts: [http.host] }
  world = await deliveryWorld({ database: fresh.database, clock: { ...systemClock, now: () => nowMs }, settings })
  await world.deliveries.preferences.setQuietHours('ana', { timeZone: 'Europe/Madrid', from: '22:00', until: '07:00', enabled: true })
}

test('quiet hours over the night in which clocks change: what is not critical is held, and is one digest at their end', async () => {
  await openAt('2026-03-28T22:30:00Z')
  await world.destination('email', 'ana@example.com')
  await world.tell(
    { title: 'One done', category: 'result', kind: 'success' },
    { title: 'Two <failed>', kind: 'error' },
    { title: 'Three critical', urgency: 'critical' },
  )
  await expect.poll(() => world.states()).toEqual(expect.arrayContaining(['held: quiet hours', 'held: quiet hours', 'delivered']))
  expect(smtp.received.map(({ source }) => headerOf(source, 'Subject'))).toEqual(['Three critical'])
  // 6:59 in Madrid, which is two hours ahead of UTC by now: still quiet, however often it is looked at.
  nowMs = Date.parse('2026-03-29T04:59:00Z')
  await world.hurry()
  await expect.poll(() => world.states()).toEqual(expect.arrayContaining(['held: quiet hours', 'held: quiet hours', 'delivered']))
  expect(smtp.received).toHaveLength(1)
  nowMs = Date.parse('2026-03-29T05:00:00Z')
  await world.hurry()
  await expect.poll(() => world.states()).toEqual(['delivered', 'delivered', 'delivered'])
  expect(smtp.received).toHaveLength(2)
  const digest = smtp.received[1]?.source ?? ''
  expect(headerOf(digest, 'Subject')).toBe('2 notifications from your quiet hours, 1 of them a failure')
  expect(digest.indexOf('Two')).toBeLessThan(digest.indexOf('One done'))
  expect(digest).toContain('<li>Two &lt;failed&gt;</li>')
  expect(headerOf(digest, 'List-Unsubscribe')).toContain('token=')
})

test('what was seen during the quiet hours is left out of the digest; one that is left is a message of its own', async () => {
  await openAt('2026-07-01T23:00:00Z')
  await world.destination('webhook', http.url)
  await world.tell({ title: 'seen' })
  await expect.poll(() => world.states()).toEqual(['held: quiet hours'])
  await world.see()
  await world.tell({ title: 'left' })
  await expect.poll(() => world.states()).toEqual(['held: quiet hours', 'held: quiet hours'])
  nowMs = Date.parse('2026-07-02T05:00:00Z')
  await world.hurry()
  await expect.poll(() => world.states()).toEqual(expect.arrayContaining(['delivered', 'skipped: seen']))
  expect(http.received.map(({ body }) => JSON.parse(body) as object)).toMatchObject([{ type: 'notification', data: { title: 'left' } }])
})

test('a digest that the receiver refuses for now stays one, and an edit that becomes critical passes', async () => {
  await openAt('2026-07-01T23:00:00Z')
  http.answer((_request, response, count) => response.writeHead(count === 2 ? 503 : 200).end())
  await world.destination('webhook', http.url)
  await world.tell({ key: 'a', title: 'one' }, { key: 'b', title: 'two' }, { key: 'c', title: 'three' })
  await expect.poll(() => world.states()).toEqual(Array.from({ length: 3 }, () => 'held: quiet hours'))
  await world.tell({ key: 'c', title: 'three is critical', urgency: 'critical' })
  await expect.poll(() => http.received.length).toBe(1)
  nowMs = Date.parse('2026-07-02T05:00:00Z')
  await world.hurry()
  await expect.poll(() => world.states()).toEqual(['delivered', 'delivered', 'delivered'])
  const bodies = http.received.map(({ body }) => JSON.parse(body) as { type: string; data: { notifications?: readonly object[] } })
  expect(bodies.map(({ type, data }) => [type, data.notifications?.length])).toEqual([
    ['notification', undefined],
    ['notification.digest', 2],
    ['notification.digest', 2],
  ])
})

test('turning quiet hours off sends what is held', async () => {
  await openAt('2026-07-01T23:00:00Z')
  await world.destination('webhook', http.url)
  await world.tell({ title: 'one' })
  await expect.poll(() => world.states()).toEqual(['held: quiet hours'])
  await world.deliveries.preferences.setQuietHours('ana', { timeZone: 'UTC', from: '22:00', until: '07:00', enabled: false })
  world.deliveries.planner.wake()
  await expect.poll(() => world.states()).toEqual(['delivered'])
})
