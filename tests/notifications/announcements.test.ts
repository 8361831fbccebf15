import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import type { Recipient } from '../../src/notifications/announcement-news.ts'
import { gate, operation } from '../engine/engine-world.ts'
import { databaseKinds } from '../setup/databases.ts'
import { type NotificationWorld, type NotificationWorldParams, notificationWorld, shown } from './notification-world.ts'

let world: NotificationWorld
afterEach(() => expect(world.failures).toEqual([]))

async function open(params: NotificationWorldParams): Promise<void> {
  world = await notificationWorld(params)
  onTestFinished(() => world.close())
}

const PLAN = statement(
  'test.plan_window',
  `insert into status_window (id, kind, feature, reason, level, blocks, warns, tenant_id, starts_at, planned_end_at, created_by)
   values (gen_random_uuid(), $1, case $1 when 'gate' then 'chat' end, $2, $3, '["chat"]', '[]', $4, now() + $5::float8 * interval '1 hour', now() + $6::float8 * interval '1 hour', '{}')`,
)
interface Plan {
  readonly kind?: string
  readonly level?: string
  readonly tenantId?: string
  /** Hours from now. */
  readonly from?: number
  readonly to?: number | null
}
const plan = (reason: string, { kind = 'maintenance', level = 'maintenance', tenantId, from = 0, to = 1 }: Plan = {}) =>
  world.database.run(PLAN, [kind, reason, level, tenantId ?? null, from, to])
const EDIT = statement('test.edit_window', 'update status_window set reason = $2, version = version + 1, updated_at = now() where reason = $1')
const BEGIN = statement('test.begin_window', `update status_window set starts_at = now() - interval '1 second' where reason = $1`)
const END = statement('test.end_window', 'update status_window set ended_at = now() where reason = $1')

const ANA: Recipient = { userId: 'ana', tenantId: null }
const BOB: Recipient = { userId: 'bob', tenantId: 'acme' }

/** What somebody who asks for the list finds in it. */
async function told({ userId, tenantId }: Recipient): Promise<readonly string[]> {
  await world.notifications.announcements.reach({ userId, tenantId })
  return shown(await world.inboxOf(userId))
}

describe.each(databaseKinds)('announcements on %s', (kind) => {
  test('reach whoever asks; one that is edited comes back after it was dismissed, for each user', async () => {
    await open({ kind })
    await plan('We move house')
    expect(await told(ANA)).toEqual(['warning We move house'])
    expect(await told(BOB)).toEqual(['warning We move house'])
    const [ofAna] = await world.inboxOf('ana')
    expect(ofAna).toMatchObject({
      category: 'announcement',
      urgency: 'high',
      version: 1,
      body: expect.stringMatching(/^It is expected to end at .* Chat is blocked\.$/),
    })
    await world.notifications.inbox.dismiss('ana', ofAna?.id ?? '')
    expect([await told(ANA), await told(BOB)]).toEqual([[], ['warning We move house']])

    await world.database.run(EDIT, ['We move house', 'We move house, slowly'])
    expect([await told(ANA), await told(BOB)]).toEqual([['warning We move house, slowly'], ['warning We move house, slowly']])
    expect((await world.inboxOf('ana'))[0]).toMatchObject({ id: ofAna?.id, version: 2, dismissedAt: null, seenAt: null })

    await world.database.run(END, ['We move house, slowly'])
    expect(await told(ANA)).toEqual(['success We move house, slowly has ended'])
    expect((await world.inboxOf('ana'))[0]).toMatchObject({ version: 3, resolvedAt: expect.any(Date) })
    // Whoever never knew of it is not told that it is over.
    expect(await told({ userId: 'new', tenantId: null })).toEqual([])
    const events = (await world.eventsOf('ana')).length
    await Promise.all([told(ANA), told(ANA), told(BOB)])
    expect(await world.eventsOf('ana')).toHaveLength(events)
  })

  test('tell of a maintenance a day ahead, warn when it begins, and say when it was called off', async () => {
    await open({ kind })
    await plan('In two days', { from: 48, to: 49 })
    await plan('Tomorrow', { from: 20, to: 22, level: 'critical' })
    expect(await told(ANA)).toEqual(['info Planned: Tomorrow'])
    expect((await world.inboxOf('ana'))[0]).toMatchObject({
      urgency: 'normal',
      body: expect.stringMatching(/^From .* until .* Chat will be blocked\. Nothing will be changed meanwhile/),
    })
    await world.database.run(BEGIN, ['Tomorrow'])
    expect(await told(ANA)).toEqual(['warning Tomorrow'])
    expect((await world.inboxOf('ana'))[0]).toMatchObject({ urgency: 'critical', version: 2 })
    await plan('Later', { from: 2, to: 3 })
    expect(await told(ANA)).toEqual(['info Planned: Later', 'warning Tomorrow'])
    await world.database.run(END, ['Later'])
    expect(await told(ANA)).toEqual(['info Later will not take place', 'warning Tomorrow'])
  })

  test('reach a tenant only, and whoever follows an inbox without asking, once among all instances', async () => {
    const end = gate()
    const impact = { level: 'critical', blocks: [], warns: [], scope: 'everybody' } as const
    const maintain = operation('MAINTAIN', () => end.wait(), { impact, titleOf: () => 'with a secret', title: 'System maintenance' })
    await open({ kind, definitions: [maintain] })
    const feeds = [ANA, ANA, BOB].map((one) => world.notifications.follow(one, undefined))
    await Promise.all(feeds.map((feed) => feed.next()))
    const next = feeds.map((feed) => feed.next())
    const { id } = await world.start('MAINTAIN', { ownerId: 'root' })
    await Promise.all(next)
    expect(shown(await world.inboxOf('bob'))).toEqual(['warning System maintenance'])
    expect((await world.inboxOf('ana', { categories: ['announcement'] }))[0]).toMatchObject({ urgency: 'critical', operationId: null })
    const ended = feeds.map((feed) => feed.next())
    end.open()
    await world.reaches(id, 'completed')
    await Promise.all(ended)
    expect(shown(await world.inboxOf('ana'))).toEqual(['success System maintenance has ended'])
    expect(await world.eventsOf('ana')).toHaveLength(2)

    await plan('For Acme', { kind: 'gate', tenantId: 'acme', to: null })
    world.notifications.announcements.changed()
    await expect.poll(async () => shown(await world.inboxOf('bob'))).toEqual(['warning For Acme', 'success System maintenance has ended'])
    expect(await told(ANA)).toEqual(['success System maintenance has ended'])
    for (const feed of feeds) await feed.return?.()
    expect(world.notifications.inbox.hubs).toBe(0)
  })
})
