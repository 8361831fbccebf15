import { describe, expect, onTestFinished, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { operation } from '../engine/engine-world.ts'
import { databaseKinds } from '../setup/databases.ts'
import { endOperations } from './ended-operations.ts'
import { type NotificationWorld, type NotificationWorldParams, notificationWorld, shown } from './notification-world.ts'

async function open(params: NotificationWorldParams): Promise<NotificationWorld> {
  const world = await notificationWorld(params)
  onTestFinished(async () => {
    expect(world.failures).toEqual([])
    await world.close()
  })
  return world
}

const AGE = statement('test.age_outcomes', `update notification set outcome_at = outcome_at - interval '6 minutes'`)
const FAILED = statement('test.failed', `select id from operation where state = 'failed' order by id desc`)
const JOB = operation('JOB', async () => undefined, { title: 'Import' })
const BROKEN = operation('BROKEN', () => Promise.reject(new Error('broken')), { title: 'Export', attempts: 1 })

describe.each(databaseKinds)('many operations of one user on %s', (kind) => {
  test('5,000 that end within a minute give a handful of notifications, and every failure is findable', { timeout: 60_000 }, async () => {
    const world = await open({ kind, definitions: [JOB] })
    for (const count of [2, 1_000, 3_998]) {
      await endOperations(world.database, { type: 'JOB', ownerId: 'ana', count, failsEvery: 50 })
      await world.settled()
    }
    const inbox = await world.inboxOf('ana', {})
    expect(shown(inbox)).toEqual(['error Import: 4901 finished, 99 failed'])
    const [group] = inbox
    expect(group).toMatchObject({ count: 5_000, category: 'failure', data: { counts: { completed: 4_901, failed: 99 } } })
    const events = await world.eventsOf('ana')
    expect(events.length).toBeLessThanOrEqual(30)
    expect(events.map((event) => Number(event.split(' ')[0]))).toEqual(events.map((_event, index) => index + 1))
    const found: string[] = []
    for (let before: string | undefined; ; ) {
      const page = await world.notifications.inbox.members({ notificationId: group?.id ?? '', outcomes: ['failed'], before, limit: 30 })
      found.push(...page)
      before = page.at(-1)
      if (page.length < 30) break
    }
    expect(found).toEqual((await world.database.run<{ id: string }>(FAILED, [])).map(({ id }) => id))
    expect(await world.notifications.inbox.members({ notificationId: group?.id ?? '', outcomes: undefined, before: undefined, limit: 10_000 })).toHaveLength(
      5_000,
    )
  })

  test('stand alone up to three; the fourth makes them a group, which closes after five quiet minutes or when it is dismissed', async () => {
    const world = await open({ kind, definitions: [JOB] })
    const end = async (count: number, failsEvery = 0) => {
      await endOperations(world.database, { type: 'JOB', ownerId: 'ana', count, failsEvery })
      await world.settled()
      return shown(await world.inboxOf('ana'))
    }
    expect(await end(3)).toHaveLength(3)
    expect(await end(1, 1)).toEqual(['error Import: 3 finished, 1 failed'])
    expect((await world.eventsOf('ana')).filter((event) => event.includes('REMOVED'))).toHaveLength(3)
    expect(await end(1)).toEqual(['error Import: 4 finished, 1 failed'])
    await world.database.run(AGE, [])
    expect(await end(1)).toEqual(['success Job 1: completed', 'error Import: 4 finished, 1 failed'])
    expect(await end(4)).toEqual(['success Import: 5 finished', 'error Import: 4 finished, 1 failed'])
    const [group] = await world.inboxOf('ana')
    await world.notifications.inbox.dismiss('ana', group?.id ?? '')
    expect(await end(1)).toEqual(['success Job 1: completed', 'error Import: 4 finished, 1 failed'])
    // Another type, and another user, are another matter.
    await endOperations(world.database, { type: 'OTHER', ownerId: 'ana', count: 1, failsEvery: 0 })
    await endOperations(world.database, { type: 'JOB', ownerId: 'bob', count: 1, failsEvery: 0 })
    await world.settled()
    expect(await world.inboxOf('ana')).toHaveLength(3)
    expect(shown(await world.inboxOf('bob'))).toEqual(['success Job 1: completed'])
  })

  test('one that is retried leaves its group and comes back with its new outcome', async () => {
    let broken = true
    const job = operation(
      'JOB',
      async () => {
        if (broken) throw new Error('broken')
      },
      { title: 'Import', attempts: 1 },
    )
    const world = await open({ kind, definitions: [job] })
    const ids: string[] = []
    for (let count = 0; count < 4; count += 1) ids.push((await world.start('JOB', { title: `Import ${count}` })).id)
    for (const id of ids) await world.reaches(id, 'failed')
    await world.settled()
    expect(shown(await world.inboxOf('ana'))).toEqual(['error Import: 4 failed'])
    broken = false
    for (const id of ids) {
      await world.engine.control({ id, action: 'retry', actor: { kind: 'user', id: 'ana' } })
      await world.reaches(id, 'completed')
    }
    await world.settled()
    const [group, ...others] = await world.inboxOf('ana')
    expect([group?.title, others]).toEqual(['Import: 4 finished', []])
    expect(group?.data).toMatchObject({ counts: { completed: 4, failed: 0 } })
  })
})

test('while many run at once only a few starts are told, and their events are few', { timeout: 60_000 }, async () => {
  const world = await open({ kind: 'postgres', definitions: [JOB, BROKEN], slots: 50 })
  const started = await Promise.all(Array.from({ length: 300 }, (_, index) => world.start(index % 30 === 0 ? 'BROKEN' : 'JOB')))
  await Promise.all(started.map(({ id }) => world.reaches(id, 'completed', 'failed')))
  await world.settled()
  const inbox = await world.inboxOf('ana')
  expect(inbox.length).toBeLessThanOrEqual(5)
  expect(inbox.reduce((sum, { count }) => sum + count, 0)).toBe(300)
  expect(shown(inbox)).toContain('error Export: 10 failed')
  expect((await world.eventsOf('ana')).length).toBeLessThanOrEqual(60)
})

test('outcomes that trickle in change an open group about once a second', { timeout: 60_000 }, async () => {
  const world = await open({ kind: 'postgres', definitions: [JOB] })
  await endOperations(world.database, { type: 'JOB', ownerId: 'ana', count: 10, failsEvery: 0 })
  await world.settled()
  const before = (await world.eventsOf('ana')).length
  const beganAt = performance.now()
  // The engine wakes its consumer at each of them.
  for (let count = 0; count < 100; count += 1) await world.start('JOB')
  await world.settled()
  const seconds = (performance.now() - beganAt) / 1_000
  expect((await world.eventsOf('ana')).length - before).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
  expect(shown(await world.inboxOf('ana'))).toEqual(['success Import: 110 finished'])
})
