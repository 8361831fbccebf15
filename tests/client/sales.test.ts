import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateSaleDocument,
  MarkSalesSeenDocument,
  SaleEventsDocument,
  SalesInboxDocument,
  WatchSalesInboxDocument,
} from '../../src/client/generated/graphql.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { apolloOverPlainWire, kitClient, urqlOverPlainWire } from './clients.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

const SALES = 6

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
] as const)('with %s an administrator', (name, connect) => {
  test('sees every sale once through cuts, and a badge that every answer keeps up to date', async () => {
    const [seller, client] = [kitClient(server.url()), connect(proxy.url)]
    const kinds: string[] = []
    const references: string[] = []
    const counts: number[] = []
    client.watch(SaleEventsDocument, {}, ({ saleEvents: frame }) => {
      kinds.push(frame.__typename)
      if (frame.__typename === 'SaleEvent') references.push(frame.sale.reference)
    })
    client.watch(WatchSalesInboxDocument, {}, ({ salesInbox }) => client.show || counts.push(salesInbox.unseenCount))
    client.show?.(SalesInboxDocument, {}, ({ salesInbox }) => counts.push(salesInbox.unseenCount))
    await expect.poll(() => kinds).toContain('StreamCaughtUp')
    const wanted = Array.from({ length: SALES }, (_, index) => `${name} ${index}`)
    for (const reference of wanted) {
      const lines = [{ sku: 'a', name: 'A', quantity: 1, unitPrice: '10.00' }]
      const { createSale: made } = await seller.mutate(CreateSaleDocument, { input: { reference, customer: 'Ana', channel: 'ONLINE', currency: 'EUR', lines } })
      expect(made).toMatchObject({ __typename: 'SalePayload' })
      proxy.cut()
    }
    await expect.poll(() => references).toEqual(wanted)
    await expect.poll(() => counts.at(-1)).toBe(SALES)
    const { markSalesSeen: seen } = await client.mutate(MarkSalesSeenDocument, {})
    expect(seen.hasNewSales).toBe(false)
    await expect.poll(() => counts.at(-1)).toBe(0)
    await Promise.all([client.close(), seller.close()])
  })
})
