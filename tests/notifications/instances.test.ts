import { expect, onTestFinished, test } from 'vitest'
import {
  DismissNotificationDocument,
  MarkNotificationsSeenDocument,
  NotificationsDocument,
  StartSandboxExerciseDocument,
  WatchNotificationsDocument,
} from '../../src/client/generated/graphql.ts'
import { kitClient } from '../client/clients.ts'
import { listening } from '../clients/listening.ts'
import { freshPostgres } from '../setup/databases.ts'
import { ownRedis } from '../setup/redis.ts'

interface Told {
  readonly seq: number
  readonly type: string
  readonly title: string
  readonly unseenCount: number
}

test('two tabs and two instances stay in step, and nothing is lost while Redis is killed and comes back', { timeout: 60_000 }, async () => {
  const [fresh, redis] = [await freshPostgres({ poolSize: 10 }), await ownRedis()]
  const env = { REDIS_URL: redis.url, REDIS_KEY_PREFIX: 'notifications-test:' }
  const server = await listening(fresh, { instances: 2, env })
  const clients = [kitClient(server.url(0)), kitClient(server.url(0)), kitClient(server.url(1))]
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await server.stop()
    await redis.stop()
    await fresh.drop()
  })
  const [here, , there] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]]
  const ready: string[] = []
  const tabs = clients.map((client) => {
    const told: Told[] = []
    client.watch(WatchNotificationsDocument, {}, ({ notifications: frame }) => {
      if (frame.__typename === 'NotificationFrame')
        told.push({ seq: frame.seq, type: frame.type, title: frame.notification.title, unseenCount: frame.unseenCount })
      else ready.push(frame.__typename)
    })
    return told
  })
  await expect.poll(() => ready).toEqual(['StreamCaughtUp', 'StreamCaughtUp', 'StreamCaughtUp'])
  const fail = async (client: typeof here, title: string) => {
    await client.mutate(StartSandboxExerciseDocument, { input: { items: 1, itemMs: 0, failAt: 1, failAs: 'PERMANENT', title } })
    for (const tab of tabs) await expect.poll(() => tab.map((told) => told.title)).toContain(`${title}: failed`)
  }
  await fail(here, 'First')
  const { notifications: page } = await there.query(NotificationsDocument, {})
  const [edge] = page.edges
  await here.mutate(DismissNotificationDocument, { input: { id: edge?.node.id ?? '' } })
  for (const tab of tabs) await expect.poll(() => tab.at(-1)).toMatchObject({ type: 'DISMISSED', title: 'First: failed', unseenCount: 0 })

  await redis.kill()
  await expect.poll(() => server.apps.some((app) => app.bus.connected)).toBe(false)
  await fail(there, 'Second')
  const { notifications: second } = await here.query(NotificationsDocument, {})
  await there.mutate(MarkNotificationsSeenDocument, { input: { until: second.cursor } })
  for (const tab of tabs) await expect.poll(() => tab.at(-1)).toMatchObject({ type: 'SEEN', title: 'Second: failed', unseenCount: 0 })
  await redis.restart()
  await expect.poll(() => server.apps.every((app) => app.bus.connected)).toBe(true)
  await fail(here, 'Third')

  // Whoever comes back to another instance goes on where it was.
  const resumed: Told[] = []
  const returning = kitClient(server.url(1))
  clients.push(returning)
  returning.watch(WatchNotificationsDocument, { after: page.cursor }, ({ notifications: frame }) => {
    if (frame.__typename === 'NotificationFrame')
      resumed.push({ seq: frame.seq, type: frame.type, title: frame.notification.title, unseenCount: frame.unseenCount })
  })
  await expect.poll(() => resumed.at(-1)?.title).toBe('Third: failed')
  const [first] = tabs as [Told[]]
  for (const tab of tabs) {
    expect(tab.map(({ seq }) => seq)).toEqual(tab.map((_told, index) => index + 1))
    expect(tab).toEqual(first)
  }
  expect(resumed).toEqual(first.slice(-resumed.length))
})
