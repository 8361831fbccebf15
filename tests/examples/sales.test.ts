import { expect, test } from 'vitest'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { listening } from '../clients/listening.ts'
import { freshPostgres } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { ownRedis } from '../setup/redis.ts'

/**
 * The story of live sales: fifty administrators look at their pages, spread over three instances; shops sell a thousand times, and in
 * the middle Redis is killed and comes back. Everybody sees every sale once and in order, and every badge ends at the same count.
 */
const SECRET = PLANTED.jwtSecret
const INSTANCES = 3
const ADMINISTRATORS = 50
const SALES = 1_000
const SHOPS = 8

const EVENTS = 'subscription { saleEvents { __typename ... on SaleEvent { seq type sale { reference state total } } } }'
interface Told {
  readonly saleEvents: { readonly __typename: string; readonly seq: number; readonly type: string; readonly sale: { readonly reference: string } }
}

const BADGE = 'subscription { salesInbox { unseenCount hasNewSales } }'
interface Badge {
  readonly salesInbox: { readonly unseenCount: number; readonly hasNewSales: boolean }
}

const SELL = `mutation ($input: CreateSaleInput!) { createSale(input: $input) { ... on SalePayload { replayed } } }`
const saleInput = (number: number) => ({
  reference: `ORDER-${number}`,
  customer: `Customer ${number}`,
  channel: 'ONLINE',
  currency: 'ARS',
  lines: [{ sku: 'MATE', name: 'Mate gourd', quantity: 1 + (number % 3), unitPrice: '1250.50' }],
})

test('fifty administrators on three instances see a thousand sales once each, with Redis killed in the middle', { timeout: 240_000 }, async () => {
  const [fresh, redis] = [await freshPostgres({ poolSize: 15 }), await ownRedis()]
  const server = await listening(fresh, { instances: INSTANCES, env: { AUTH_JWT_SECRET: SECRET, REDIS_URL: redis.url, WORKER_SLOTS: '1' } })
  const clientOf = async (subject: string, role: 'ADMIN' | 'SERVICE', index: number): Promise<ApiClient> =>
    createApiClient({ url: server.url(index % INSTANCES), token: await signToken({ secret: SECRET, subject, roles: [role] }) })
  try {
    const administrators = await Promise.all(Array.from({ length: ADMINISTRATORS }, (_, index) => clientOf(`admin-${index}`, 'ADMIN', index)))
    const pages = administrators.map((client) => client.watch<Told, object>(EVENTS))
    const badges = administrators.slice(0, INSTANCES * 2).map((client) => client.watch<Badge, object>(BADGE))
    for (const page of pages) expect((await page.next())?.saleEvents.__typename).toBe('StreamCaughtUp')
    for (const badge of badges) expect(await badge.next()).toEqual({ salesInbox: { unseenCount: 0, hasNewSales: false } })

    const seen = pages.map(async (page) => {
      const events: Told['saleEvents'][] = []
      await page.until(({ saleEvents }) => events.push(saleEvents) === SALES)
      return events
    })
    const lit = badges.map((badge) => badge.until(({ salesInbox }) => salesInbox.unseenCount === SALES))

    const shops = await Promise.all(Array.from({ length: SHOPS }, (_, index) => clientOf('shop', 'SERVICE', index)))
    let next = 0
    const outages: Record<number, () => Promise<void>> = { [SALES * 0.3]: () => redis.kill(), [SALES * 0.6]: () => redis.restart() }
    await Promise.all(
      shops.map(async (shop) => {
        while (next < SALES) {
          next += 1
          const number = next
          await outages[number]?.()
          expect(await shop.ask(SELL, { input: saleInput(number) })).toEqual({ createSale: { replayed: false } })
        }
      }),
    )
    for (const events of await Promise.all(seen)) {
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: SALES }, (_, index) => index + 1))
      expect(new Set(events.map(({ sale }) => sale.reference)).size).toBe(SALES)
    }
    await Promise.all(lit)

    // One of them opens the page on another instance: the badge goes out in all of their tabs, and in nobody else's.
    const [reader, other] = [badges[0], badges[1]] as const
    const elsewhere = await clientOf('admin-0', 'ADMIN', 1)
    const secondTab = elsewhere.watch<Badge, object>(BADGE)
    expect(await secondTab.next()).toEqual({ salesInbox: { unseenCount: SALES, hasNewSales: true } })
    expect(await elsewhere.ask('mutation { markSalesSeen { unseenCount hasNewSales } }')).toEqual({ markSalesSeen: { unseenCount: 0, hasNewSales: false } })
    for (const tab of [reader, secondTab]) expect(await tab?.next()).toEqual({ salesInbox: { unseenCount: 0, hasNewSales: false } })

    // A payment that two instances confirm in the same moment is told of once.
    const { checkoutSale } = await (shops[0] as ApiClient).ask<{ checkoutSale: { sale: { id: string } } }, object>(
      'mutation ($input: CreateSaleInput!) { checkoutSale(input: $input) { ... on SalePayload { sale { id } } } }',
      { input: saleInput(SALES + 1) },
    )
    const CONFIRM = 'mutation ($input: ConfirmPaymentInput!) { confirmPayment(input: $input) { ... on SalePayload { replayed } } }'
    const input = { saleId: checkoutSale.sale.id, paymentReference: 'PAY-1' }
    const answers = await Promise.all(shops.map((shop) => shop.ask<{ confirmPayment: { replayed: boolean } }, object>(CONFIRM, { input })))
    expect(answers.filter(({ confirmPayment }) => !confirmPayment.replayed)).toHaveLength(1)
    await (shops[1] as ApiClient).ask(SELL, { input: saleInput(SALES + 2) })
    const counts = [reader, secondTab].map((tab) => tab?.until(({ salesInbox }) => salesInbox.unseenCount === 3))
    await Promise.all([...counts, other?.until(({ salesInbox }) => salesInbox.unseenCount === SALES + 3)])
    for (const page of pages) {
      const types = [await page.next(), await page.next(), await page.next()].map((told) => told?.saleEvents.type)
      expect(types).toEqual(['SALE_CREATED', 'SALE_APPROVED', 'SALE_CREATED'])
    }
    await Promise.all([...pages, ...badges, secondTab].map((stream) => stream.end()))
    expect(server.hidden).toEqual([])
  } finally {
    await server.stop()
    await redis.stop()
    await fresh.drop()
  }
})
