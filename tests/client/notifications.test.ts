import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DismissNotificationDocument, NotificationsDocument, WatchNotificationsDocument } from '../../src/client/generated/graphql.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { apolloOverPlainWire, kitClient, urqlOverPlainWire } from './clients.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

let fresh: FreshDatabase
let server: Listening
let proxy: FaultyProxy
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh)
  proxy = await startProxy(() => server.url())
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
  await fresh.drop()
})

describe.each([
  ['the kit', kitClient],
  ['Apollo over an unmodified graphql-ws', apolloOverPlainWire],
  ['urql over an unmodified graphql-ws', urqlOverPlainWire],
] as const)('with %s somebody', (name, connect) => {
  test('is told everything once and in order through cuts, and dismisses one', async () => {
    const client = connect(proxy.url)
    const { teller } = server.apps[0]?.notifications ?? {}
    const seqs: number[] = []
    const titles: string[] = []
    const dismissed: string[] = []
    let isLive = false
    client.watch(WatchNotificationsDocument, {}, ({ notifications: frame }) => {
      if (frame.__typename !== 'NotificationFrame') isLive = true
      else {
        seqs.push(frame.seq)
        if (frame.type === 'DISMISSED') dismissed.push(frame.notification.title)
        else titles.push(frame.notification.title)
      }
    })
    await expect.poll(() => isLive).toBe(true)
    const wanted = Array.from({ length: 6 }, (_, index) => `${name} ${index}`)
    for (const title of wanted) {
      const notice = { userId: 'local', tenantId: null, key: title, category: 'connection', kind: 'error', urgency: 'high', title } as const
      await fresh.database.transaction(async (transaction) => teller?.tell(transaction, notice))
      proxy.cut()
    }
    await expect.poll(() => titles).toEqual(wanted)
    const { notifications: page } = await client.query(NotificationsDocument, { first: 1 })
    expect(page.edges[0]?.node.title).toBe(wanted.at(-1))
    await client.mutate(DismissNotificationDocument, { input: { id: page.edges[0]?.node.id ?? '' } })
    await expect.poll(() => dismissed).toEqual(wanted.slice(-1))
    expect(seqs).toEqual(seqs.map((_seq, index) => (seqs[0] ?? 0) + index))
    await client.close()
  })
})
