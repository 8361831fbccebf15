import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { makeShopData } from '../domains/stores/editable-shop.ts'
import { type ShopServer, shopServer } from '../domains/stores/shop-server.ts'
import { ended, follows, install, onlyStore, operationsOf, refresh, search, shopEnvironment } from '../examples/store-story.ts'
import { databaseKinds } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { type Backing, backing } from './backing.ts'
import { Processes } from './control-story.ts'
import { expectContiguousEvents } from './import-story.ts'

/**
 * kill -9 in each step of each operation of a store, at a chosen statement: the next process goes on at that step, asks the shop for no page of a step that was
 * finished, and writes no row twice.
 */
const ENTRY = fileURLToPath(new URL('fixtures/dying-main.ts', import.meta.url))

/** Where the process dies, in the order of the steps. */
const CONNECTION_DEATHS = [
  ['validateConnection', 'before:stores_accept_credential:1'],
  ['syncCatalogue', 'before:stores_apply_products:3'],
  ['syncCatalogue', 'after:stores_apply_orders:2'],
  ['buildIndexes', 'after:stores_search_index_products:2'],
  ['configureAgents', 'before:stores_configure_agent:1'],
  ['finalise', 'after:stores_mark_status:1'],
] as const

const UPDATE_DEATHS = [
  ['fetchUpdates', 'after:stores_stage_products:1'],
  ['processChanges', 'before:stores_stage_gone:1'],
  ['updateDatabase', 'after:stores_apply_staged_products:1'],
  ['syncAgents', 'before:stores_configure_agent:1'],
] as const

const REBUILD_DEATHS = [
  ['processProducts', 'after:stores_search_index_products:1'],
  ['indexOrders', 'before:stores_search_index_orders:1'],
  ['updateCustomers', 'after:stores_search_index_customers:1'],
  ['optimiseSearches', 'before:stores_search_swap:1'],
] as const

const RECONNECTION_DEATHS = [
  ['validateCredentials', 'before:stores_mark_status:1'],
  ['cleanOldData', 'before:stores_remove_old:1'],
  ['restoreConnection', 'before:stores_configure_agent:1'],
  ['syncData', 'after:stores_apply_products:1'],
] as const

const COUNTS = statement(
  'test_store_counts',
  `select (select count(*)::int from product where removed_at is null) as products, (select count(*)::int from shop_order where removed_at is null) as orders,
    (select count(*)::int from shop_customer where removed_at is null) as customers, (select count(*)::int from catalogue_change) as staged,
    (select count(*)::int from store) as stores, (select count(*)::int from store_credential) as credentials,
    (select count(distinct generation)::int from search_document) as generations`,
)

const processes = new Processes()
let shop: ShopServer
let store: Backing
let app: SpawnedApp
let ana: ApiClient
afterEach(async () => {
  await processes.endAll()
  await shop.close()
  await store.drop()
})

describe.each(databaseKinds)('a shop on %s', (kind) => {
  test('is connected, refreshed, indexed and reconnected by processes that die in every step', { timeout: 300_000 }, async () => {
    const data = makeShopData({ products: 900, orders: 500, customers: 300, seed: 11 })
    shop = await shopServer({ data })
    store = await backing(kind)
    const start = async (death?: string): Promise<void> => {
      app = await processes.start({
        entry: death === undefined ? [ENTRY] : [ENTRY, death],
        env: { ...store.env, ...shopEnvironment(shop), LEASE_SECONDS: '2' },
      })
      ana = createApiClient({ url: app.url, token: await signToken({ secret: PLANTED.jwtSecret, subject: 'ana', roles: ['USER'] }) })
    }
    /** Lets one process after the other die; the last one lives. Answers the operation that `begin` started. */
    const diesThrough = async (type: string, deaths: readonly (readonly [step: string, death: string])[], begin: () => Promise<unknown>) => {
      const known = (await operationsOf(ana, type)).map(({ id }) => id)
      await app.kill()
      await start(deaths[0]?.[1])
      // The answer of what begins it may be lost with the process.
      await begin().catch(() => undefined)
      for (const [index, [step]] of deaths.entries()) {
        expect([step, await app.exit]).toEqual([step, { code: null, signal: 'SIGKILL' }])
        await start(deaths[index + 1]?.[1])
        const { steps } = await follows(ana, type, known)
        const at = steps.findIndex(({ name }) => name === step)
        expect(steps.slice(0, at).map(({ state }) => state)).toEqual(steps.slice(0, at).map(() => 'COMPLETED'))
      }
      return ended(ana, (await follows(ana, type, known)).id)
    }

    await start()
    const connected = await diesThrough('STORE_CONNECTION', CONNECTION_DEATHS, () => install(ana, shop, app.url))
    expect(connected).toMatchObject({ state: 'COMPLETED' })
    expectPagesOnce(shop, CONNECTION_DEATHS.length)
    expect(await onlyStore(ana)).toMatchObject({ status: 'CONNECTED', productCount: 900, orderCount: 500, customerCount: 300 })
    await ended(ana, (await follows(ana, 'DATA_UPDATE')).id)

    const { products } = data.collections
    products.add({ ...products.itemAt(0), name: { es: 'Zarzaparrilla embotellada', en: 'Bottled sarsaparilla' }, handle: 'zarzaparrilla', variants: [] })
    products.remove(products.idAt(3), products.idAt(4))
    const updated = await diesThrough('DATA_UPDATE', UPDATE_DEATHS, () => refresh(ana, 'manual_refresh'))
    expect(updated).toMatchObject({ state: 'COMPLETED' })
    expect(await onlyStore(ana)).toMatchObject({ productCount: 899 })

    const rebuilt = await diesThrough('RAG_SYNC', REBUILD_DEATHS, async () => undefined)
    expect(rebuilt).toMatchObject({ state: 'COMPLETED' })
    const { id } = await onlyStore(ana)
    expect((await search(ana, id, 'zarzaparrilla'))[0]).toBe('Zarzaparrilla embotellada')

    products.change(products.idAt(7), { name: { es: 'Cubilete de latón', en: 'Brass beaker' } })
    shop.failNext(1, 401)
    const reconnected = await diesThrough('STORE_RECONNECTION', RECONNECTION_DEATHS, () => refresh(ana, 'nightly'))
    expect(reconnected).toMatchObject({ state: 'COMPLETED' })
    await ended(ana, (await follows(ana, 'RAG_SYNC', [rebuilt.id])).id)
    expect((await search(ana, id, 'cubilete'))[0]).toBe('Cubilete de latón')

    await app.kill()
    await store.look(async (database) => {
      expect(await database.run(COUNTS, [])).toEqual([{ products: 899, orders: 500, customers: 300, staged: 0, stores: 1, credentials: 1, generations: 1 }])
      await expectContiguousEvents(database)
    })
  })
})

/** A page may have been under way, or fetched ahead, at each kill; beyond that no page is asked for twice. */
function expectPagesOnce(shop: ShopServer, kills: number): void {
  const pages = ['/products', '/orders', '/customers'].flatMap((path) => shop.requestsOf(path)).filter(({ path }) => !path.includes('updated_at_min'))
  const times = new Map<string, number>()
  for (const { path } of pages) times.set(path, (times.get(path) ?? 0) + 1)
  const again = [...times.values()].reduce((sum, count) => sum + count - 1, 0)
  expect(again).toBeLessThanOrEqual(2 * kills)
}
