import { afterEach, describe, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { makeShopData } from '../domains/stores/editable-shop.ts'
import { type ShopServer, shopServer } from '../domains/stores/shop-server.ts'
import { freshPglite, freshPostgres } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { redisUrl } from '../setup/redis.ts'
import { ended, follows, install, momentOf, notificationsOf, onlyStore, operationsOf, refresh, say, search, shopEnvironment, until } from './store-story.ts'

/**
 * The story of mission A: Ana connects her shop, the chat is blocked meanwhile and says until when, then answers from the shop's own data; refreshes,
 * rebuilds of the search and reconnections happen by themselves. The shop is a real HTTP server with rate limits that fails now and then.
 */
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const data = () => makeShopData({ products: 2_000, orders: 1_000, customers: 500, seed: 7 })

async function shopOf(shopData: ReturnType<typeof data>): Promise<ShopServer> {
  const shop = await shopServer({ data: shopData, limit: { bucket: 40, leaksPerSecond: 60 } })
  closers.push(() => shop.close())
  return shop
}

/** One process with the embedded database, or two on PostgreSQL with Redis: then what one is asked the other shows. */
async function appsOn(kind: 'embedded' | 'PostgreSQL and Redis', shop: ShopServer): Promise<readonly App[]> {
  const environment = { PORT: '0', LOG_LEVEL: 'silent', ...shopEnvironment(shop) }
  const apps: App[] = []
  const start = async (params: Partial<Parameters<typeof createApp>[0]>, more: Record<string, string> = {}) => {
    const app = await createApp({ config: parseConfig({ ...environment, ...more }), telemetry: new Telemetry(), ...params })
    closers.push(() => app.stop())
    await app.start()
    apps.push(app)
  }
  if (kind === 'embedded') {
    const { database, drop } = await freshPglite()
    closers.push(drop)
    await start({ database })
    return apps
  }
  const { url, drop } = await freshPostgres()
  closers.push(drop)
  const shared = { DATABASE_URL: url, REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: `stores-${process.pid}:` }
  await start({}, shared)
  await start({}, shared)
  return apps
}

const clientOf = async (app: App, subject: string): Promise<ApiClient> =>
  createApiClient({ url: app.url, token: await signToken({ secret: PLANTED.jwtSecret, subject, roles: ['USER'] }) })

describe.each(['embedded', 'PostgreSQL and Redis'] as const)('a shop of 2,000 products, 1,000 orders and 500 customers (%s)', (kind) => {
  test('is connected, asked, refreshed, lost and found again', { timeout: 180_000 }, async () => {
    const shopData = data()
    const shop = await shopOf(shopData)
    const apps = await appsOn(kind, shop)
    const [app, other] = [apps[0] as App, apps.at(-1) as App]
    const [ana, elsewhere, bob] = [await clientOf(app, 'ana'), await clientOf(other, 'ana'), await clientOf(other, 'bob')]

    // Before: nothing is in the way, and there is nothing to ask about.
    expect(await momentOf(ana)).toMatchObject({ systemStatus: { level: 'OPERATIONAL' }, featureAccess: { mode: 'AVAILABLE', allowed: true } })

    // Connecting: one 500 among the products, one among the orders, one 429 among the customers.
    shop.failNext(1, 500, { match: '/products?' })
    shop.failNext(1, 500, { match: '/orders?' })
    shop.failNext(1, 429, { match: '/customers?', headers: { 'x-rate-limit-reset': '20' } })
    const orders = shop.hold('/orders?page=2')
    const page = await install(ana, shop, app.url)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    await orders.reached
    const connecting = await onlyStore(elsewhere)
    expect(connecting).toMatchObject({
      name: 'Casa Ana',
      status: 'CONNECTING',
      productCount: 2_000,
      activeOperation: { type: 'STORE_CONNECTION', state: 'RUNNING' },
    })
    const connection = connecting.activeOperation?.id as string
    expect(connecting.activeOperation?.steps.map(({ state }) => state)).toEqual(['COMPLETED', 'RUNNING', 'PENDING', 'PENDING', 'PENDING'])
    const blocked = await momentOf(elsewhere)
    expect(blocked).toMatchObject({
      systemStatus: { level: 'MAINTENANCE', causes: [{ type: 'STORE_CONNECTION' }] },
      featureAccess: { mode: 'BLOCKED', allowed: false },
    })
    expect(Date.parse(blocked.featureAccess.until as string)).toBeGreaterThan(Date.now())
    expect(await say(elsewhere, connecting.id, 'Hola')).toMatchObject({ __typename: 'FeatureBlockedError', code: 'FEATURE_BLOCKED', until: expect.any(String) })
    expect(await momentOf(bob)).toMatchObject({ featureAccess: { mode: 'AVAILABLE' } })
    expect(await say(bob, connecting.id, 'Hola')).toMatchObject({ __typename: 'NotFoundError' })

    // Connected: what changed meanwhile is being fetched, so the chat answers with a warning.
    const changed = shop.hold('per_page=200&sort_by=created-at-ascending&updated_at_min')
    orders.release()
    expect(await ended(elsewhere, connection)).toMatchObject({ state: 'COMPLETED', steps: Array.from({ length: 5 }, () => ({ state: 'COMPLETED' })) })
    await changed.reached
    expect(await momentOf(ana)).toMatchObject({ systemStatus: { level: 'DEGRADED' }, featureAccess: { mode: 'WARNING', allowed: true } })
    const wanted = nameOf(shopData.collections.products.itemAt(1_234))
    const store = await onlyStore(ana)
    expect(store).toMatchObject({ status: 'CONNECTED', productCount: 2_000, orderCount: 1_000, customerCount: 500 })
    const stale = await say(elsewhere, store.id, `¿Tienen ${wanted}?`)
    expect(stale).toMatchObject({ __typename: 'ChatMessagePayload', staleData: true })
    expect(stale.reply?.products.map(({ name }) => name)).toContain(wanted)
    changed.release()
    const afterwards = await follows(ana, 'DATA_UPDATE')
    expect(await ended(ana, afterwards.id)).toMatchObject({ state: 'COMPLETED' })
    await expect.poll(() => momentOf(ana)).toMatchObject({ systemStatus: { level: 'OPERATIONAL' }, featureAccess: { mode: 'AVAILABLE' } })
    expect(await say(ana, store.id, `¿Tienen ${wanted}?`)).toMatchObject({ staleData: false })
    const told = await notificationsOf(elsewhere)
    expect(told).toContainEqual(expect.objectContaining({ kind: 'SUCCESS', title: expect.stringContaining('Casa Ana') }))

    // A change in the shop, and a token that is refused once: the reconnection finds that it is good, and everything arrives.
    const { products } = shopData.collections
    const added = products.add({
      ...products.itemAt(0),
      name: { es: 'Zarzaparrilla embotellada', en: 'Bottled sarsaparilla' },
      variants: [],
      handle: 'zarzaparrilla',
    })
    products.remove(products.idAt(5))
    shop.failNext(1, 401)
    const hold = shop.hold('/store')
    const lost = await refresh(ana, 'manual_refresh')
    expect(await ended(elsewhere, lost)).toMatchObject({ state: 'FAILED', failure: { code: 'SHOP_UNAUTHORIZED' } })
    await hold.reached
    const reconnection = await follows(elsewhere, 'STORE_RECONNECTION')
    expect(await onlyStore(ana)).toMatchObject({ status: 'RECONNECTING' })
    expect(await momentOf(elsewhere)).toMatchObject({ systemStatus: { level: 'MAINTENANCE' }, featureAccess: { mode: 'BLOCKED' } })
    hold.release()
    expect(await ended(ana, reconnection.id)).toMatchObject({ state: 'COMPLETED' })
    expect(await onlyStore(elsewhere)).toMatchObject({ status: 'CONNECTED', productCount: 2_000 })
    const rebuild = await follows(elsewhere, 'RAG_SYNC')
    expect(await ended(ana, rebuild.id)).toMatchObject({ state: 'COMPLETED' })
    expect((await search(elsewhere, store.id, 'zarzaparrilla'))[0]).toBe('Zarzaparrilla embotellada')
    expect(added).toBeGreaterThan(0)

    // The app was uninstalled: the token must be renewed, by the same link.
    shop.token = undefined
    const refused = await refresh(ana, 'nightly')
    expect(await ended(ana, refused)).toMatchObject({ state: 'FAILED' })
    const hopeless = await follows(elsewhere, 'STORE_RECONNECTION', [reconnection.id])
    expect(await ended(elsewhere, hopeless.id)).toMatchObject({ state: 'FAILED', failure: { code: 'TOKEN_REFUSED' } })
    expect(await onlyStore(ana)).toMatchObject({ status: 'UNAUTHORIZED' })
    const renew = () => notificationsOf(ana).then((all) => all.filter(({ category }) => category === 'CONNECTION'))
    expect(await renew()).toMatchObject([{ kind: 'ERROR', title: expect.stringContaining('must be renewed') }])
    shop.token = PLANTED.shopToken
    expect((await install(ana, shop, app.url)).status).toBe(200)
    const renewed = await follows(ana, 'STORE_RECONNECTION', [reconnection.id, hopeless.id])
    expect(await ended(elsewhere, renewed.id)).toMatchObject({ state: 'COMPLETED' })
    expect(await onlyStore(elsewhere)).toMatchObject({ id: store.id, status: 'CONNECTED' })
    expect(await renew()).toMatchObject([{ kind: 'SUCCESS' }])
    expect(await operationsOf(ana, 'STORE_CONNECTION')).toHaveLength(1)
    await until(ana, connection, ({ done }) => done)
  })
})

const nameOf = (item: unknown): string => (item as { readonly name: { readonly es: string } }).name.es
