import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { PermanentError } from '../../src/base/errors.ts'
import { gate, operation, untilAborted } from '../engine/engine-world.ts'
import { databaseKinds } from '../setup/databases.ts'
import { type NotificationWorld, type NotificationWorldParams, notificationWorld, shown } from './notification-world.ts'

let world: NotificationWorld
afterEach(() => expect(world.failures).toEqual([]))

async function open(params: NotificationWorldParams): Promise<NotificationWorld> {
  world = await notificationWorld(params)
  onTestFinished(() => world.close())
  return world
}

const titles = async (): Promise<readonly string[]> => shown(await world.inboxOf('ana'))
const ACTOR = { kind: 'user', id: 'ana', name: 'Ana' } as const

describe.each(databaseKinds)('the notification of an operation on %s', (kind) => {
  test('is one, edited in place: started, milestones, paused, resumed, completed', async () => {
    const [half, end] = [gate(), gate()]
    const work = operation('WORK', async (run) => {
      run.report({ total: 4, succeeded: 0 })
      await run.step('first', async () => {
        run.advance({ succeeded: 2 })
        await half.wait()
      })
      await run.step('second', () => end.wait())
      run.report({ total: 4, succeeded: 4 })
    })
    await open({ kind, definitions: [work] })
    const { id } = await world.start('WORK', { title: 'Import of march.csv' })
    await expect.poll(titles, { timeout: 10_000 }).toEqual(['info Import of march.csv: 50 %'])
    const [told] = await world.inboxOf('ana')
    expect(told).toMatchObject({ version: 1, category: 'progress', operationId: id, operationType: 'WORK', count: 1 })
    const dismissed = await world.notifications.inbox.dismiss('ana', told?.id ?? '')
    expect(dismissed?.dismissedAt).toBeInstanceOf(Date)
    expect(await titles()).toEqual([])

    await world.engine.control({ id, action: 'pause', actor: ACTOR, reason: 'lunch' })
    half.open()
    await world.reaches(id, 'paused')
    await expect.poll(titles).toEqual(['warning Import of march.csv: paused'])
    expect((await world.inboxOf('ana'))[0]).toMatchObject({ version: 2, dismissedAt: null, seenAt: null })
    await world.notifications.inbox.markSeen('ana', { ids: [told?.id ?? ''] })

    await world.engine.control({ id, action: 'resume', actor: ACTOR })
    await expect.poll(titles).toEqual(['info Import of march.csv: 50 %'])
    // Going on is no news: it stays seen.
    expect((await world.inboxOf('ana'))[0]).toMatchObject({ version: 2, seenAt: expect.any(Date) })
    end.open()
    await world.reaches(id, 'completed')
    await expect.poll(titles).toEqual(['success Import of march.csv: completed'])
    expect((await world.inboxOf('ana'))[0]).toMatchObject({ id: told?.id, version: 3, category: 'result', seenAt: null, body: '4 items' })
    const events = await world.eventsOf('ana')
    expect(events.map((event) => event.split(' ')[0])).toEqual(events.map((_event, index) => `${index + 1}`))
    expect(events.filter((event) => event.includes('ADDED'))).toHaveLength(1)
    expect(world.planned.map(({ id: each }) => each).filter((each) => each !== told?.id)).toEqual([])
  })

  test('tells a failure with its words, and turns back when it is retried', async () => {
    let broken = true
    const again = gate()
    const work = operation('WORK', async (run) => {
      if (broken) throw new PermanentError('NO_PAPER', 'There is no paper.')
      await run.step('first', () => again.wait())
    })
    await open({ kind, definitions: [work] })
    const { id } = await world.start('WORK', { title: 'Print' })
    await world.reaches(id, 'failed')
    await expect.poll(titles).toEqual(['error Print: failed'])
    const [failed] = await world.inboxOf('ana')
    expect(failed).toMatchObject({ category: 'failure', urgency: 'high', body: 'There is no paper.', data: { code: 'NO_PAPER' } })
    broken = false
    await world.engine.control({ id, action: 'retry', actor: ACTOR })
    await expect.poll(titles).toEqual(['info Print: started'])
    again.open()
    await world.reaches(id, 'completed')
    await expect.poll(titles).toEqual(['success Print: completed'])
    expect((await world.inboxOf('ana'))[0]?.id).toBe(failed?.id)
  })

  test('of a low priority is told like any other, to its owner only', async () => {
    let broken = true
    const work = operation(
      'SWEEP',
      async () => {
        if (broken) throw new PermanentError('STUCK', 'It is stuck.')
      },
      { priority: 'low' },
    )
    await open({ kind, definitions: [work] })
    const { id } = await world.start('SWEEP', { title: 'Sweep' })
    await world.reaches(id, 'failed')
    await expect.poll(titles).toEqual(['error Sweep: failed'])
    broken = false
    await world.engine.control({ id, action: 'retry', actor: ACTOR })
    await world.reaches(id, 'completed')
    await expect.poll(titles).toEqual(['success Sweep: completed'])
    expect(await world.inboxOf('bob')).toEqual([])
  })

  test('warns of a feature that the own operation limits, and tells once when it is free again', async () => {
    const [first, second] = [gate(), gate()]
    const gates = [first, second]
    const impact = { level: 'maintenance', blocks: ['chat'], warns: [], scope: 'owner' } as const
    const connect = operation('CONNECT', () => (gates.shift() ?? second).wait(), { impact })
    await open({ kind, definitions: [connect] })
    const status = async () => shown(await world.inboxOf('ana', { categories: ['status'] }))
    const one = await world.start('CONNECT', { title: 'Connect a shop' })
    await expect.poll(status).toEqual(['warning Chat is blocked'])
    expect((await world.inboxOf('ana', { categories: ['status'] }))[0]).toMatchObject({
      resolvedAt: null,
      urgency: 'high',
      body: expect.stringContaining('Blocked by: Connect a shop.'),
      data: { feature: 'chat', mode: 'blocked' },
    })
    const other = await world.start('CONNECT')
    first.open()
    await world.reaches(one.id, 'completed')
    await world.settled()
    // The other one blocks it still: nothing flaps.
    expect((await world.inboxOf('ana', { categories: ['status'] }))[0]?.version).toBe(1)
    second.open()
    await world.reaches(other.id, 'completed')
    await expect.poll(status).toEqual(['success Chat is available again'])
    expect((await world.inboxOf('ana', { categories: ['status'] }))[0]).toMatchObject({ version: 2, resolvedAt: expect.any(Date) })
    expect(await world.inboxOf('bob')).toEqual([])
  })

  test('can be joined by what a handler tells in a transaction of its own, which resolves it later', async () => {
    const work = operation('CHECK', (run) =>
      run.transaction((transaction) =>
        run.services.notifications.tell(transaction, {
          userId: run.ownerId,
          tenantId: run.tenantId,
          key: 'connection:shop',
          category: 'connection',
          kind: 'error',
          urgency: 'high',
          title: 'The shop does not answer',
        }),
      ),
    )
    await open({ kind, definitions: [work] })
    const connection = async () => world.inboxOf('ana', { categories: ['connection'] })
    for (const _round of [1, 2]) await world.reaches((await world.start('CHECK')).id, 'completed')
    // The same words again are no news.
    expect(await connection()).toMatchObject([{ kind: 'error', title: 'The shop does not answer', version: 1 }])
    await expect(
      world.tell(async (transaction) => {
        await world.notifications.teller.resolve(transaction, { userId: 'ana', key: 'connection:shop', title: 'x' })
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    expect(await connection()).toMatchObject([{ kind: 'error', version: 1 }])
    await world.tell((transaction) =>
      world.notifications.teller.resolve(transaction, { userId: 'ana', key: 'connection:shop', title: 'The shop answers again' }),
    )
    expect(await connection()).toMatchObject([{ kind: 'success', title: 'The shop answers again', version: 2, resolvedAt: expect.any(Date) }])
    await expect(
      world.tell((transaction) =>
        world.notifications.teller.tell(transaction, {
          userId: 'a',
          tenantId: null,
          key: 'group:x',
          category: 'status',
          kind: 'info',
          urgency: 'low',
          title: 'x',
        }),
      ),
    ).rejects.toThrow(/Batuta's own/)
  })
})

test('a run that waits for its next attempt says so, silently', async () => {
  const work = operation(
    'WORK',
    async (run) => {
      if (run.attempt === 1) throw new Error('not today')
      await untilAborted(run.signal)
    },
    { backoff: { baseMs: 60_000, capMs: 60_000, factor: 1 }, attempts: 3 },
  )
  await open({ kind: 'pglite', definitions: [work] })
  const { id } = await world.start('WORK', { title: 'Fetch' })
  await world.reaches(id, 'retrying')
  await expect.poll(titles).toEqual(['info Fetch: tries again'])
  expect((await world.inboxOf('ana'))[0]).toMatchObject({ version: 1, body: expect.stringMatching(/^Attempt 1 of 3 failed/) })
})
