import { describe, expect, onTestFinished, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { EVENTS_KEPT } from '../../src/notifications/pruner.ts'
import type { Notice } from '../../src/notifications/services.ts'
import { operation } from '../engine/engine-world.ts'
import { databaseKinds } from '../setup/databases.ts'
import { endOperations } from './ended-operations.ts'
import { type NotificationWorld, notificationWorld, shown } from './notification-world.ts'

const AGE = statement('test.age_notifications', `update notification set updated_at = now() - $1::int * interval '1 day'`)
const AGE_EVENTS = statement('test.age_inbox_events', `update event set at = at - interval '8 days' where seq <= $1`)
const MEMBERS = statement('test.count_members', 'select count(*)::int as members from notification_member')
const EVENTS = statement(
  'test.count_inbox_events',
  `select count(*)::int as events, min(seq) as oldest, (select head from stream_head where name = 'inbox:ana') as head from event`,
)
const GROW = statement(
  'test.grow_inbox',
  `with head as (update stream_head set head = head + $1::int where name = 'inbox:ana' returning stream, head - $1::int as base)
   insert into event (stream, seq, type, data) select stream, base + n, 'EDITED', '{}' from head, generate_series(1, $1::int) n`,
)

const notice = (key: string, kind: Notice['kind']): Notice => ({ userId: 'ana', tenantId: null, key, category: 'result', kind, urgency: 'low', title: key })

/** As often as it is due at once. */
async function prune(world: NotificationWorld): Promise<void> {
  for (let more = true; more; ) more = (await world.notifications.pruner.prune()).more
}

describe.each(databaseKinds)('retention on %s', (kind) => {
  test('removes notifications a week after their last edit, errors after two, and tells whoever follows', async () => {
    const world = await notificationWorld({ kind, definitions: [operation('JOB', async () => undefined)] })
    onTestFinished(() => world.close())
    const names = async () => shown(await world.inboxOf('ana', {})).toSorted()
    await world.tell((transaction) => world.notifications.teller.tell(transaction, notice('good', 'success'), notice('bad', 'error')))
    await endOperations(world.database, { type: 'JOB', ownerId: 'ana', count: 20, failsEvery: 0 })
    await world.settled()
    await world.database.run(AGE, [6])
    await prune(world)
    expect(await names()).toEqual(['error bad', 'success Test JOB: 20 finished', 'success good'])
    await world.database.run(AGE, [8])
    await prune(world)
    expect(await names()).toEqual(['error bad'])
    expect(await world.database.run(MEMBERS, [])).toEqual([{ members: 0 }])
    expect((await world.eventsOf('ana')).filter((event) => event.includes('REMOVED'))).toHaveLength(2)
    await world.database.run(AGE, [15])
    await prune(world)
    expect(await names()).toEqual([])
    expect(world.failures).toEqual([])
  })

  test('of an inbox keeps the events of a week and never more than a thousand; who is behind is told of a gap and goes on without a hole', async () => {
    const world = await notificationWorld({ kind })
    onTestFinished(() => world.close())
    for (const key of ['a', 'b', 'c']) await world.tell((transaction) => world.notifications.teller.tell(transaction, notice(key, 'info')))
    const first = world.notifications.inbox.feed('ana', undefined)
    const cursor = ((await first.next()).value as { cursor: string }).cursor
    await first.return?.()
    await world.database.run(AGE_EVENTS, [2])
    await prune(world)
    expect(await world.database.run(EVENTS, [])).toEqual([{ events: 1, oldest: 3, head: 3 }])
    await world.database.run(GROW, [EVENTS_KEPT + 500])
    await prune(world)
    expect(await world.database.run(EVENTS, [])).toEqual([{ events: EVENTS_KEPT, oldest: 504, head: EVENTS_KEPT + 503 }])
    const feed = world.notifications.inbox.feed('ana', cursor)
    expect((await feed.next()).value).toMatchObject({ kind: 'gap', reason: 'retention' })
    expect((await feed.next()).value).toMatchObject({ kind: 'event', event: { seq: 504 } })
    await feed.return?.()
  })
})
