import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { makeShopData } from '../domains/stores/editable-shop.ts'
import { type ShopServer, shopServer } from '../domains/stores/shop-server.ts'
import { ended, follows, install, onlyStore, operationsOf, rebuild, refresh, search, shopEnvironment } from '../examples/store-story.ts'
import { databaseKinds } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { type Backing, backing } from './backing.ts'
import { Processes } from './control-story.ts'
import { expectContiguousEvents } from './import-story.ts'

/**
 * kill -9 in each step of a connection, and in steps of the other operations of a store, at a chosen statement: the next process goes on at that step, asks the shop for no page of a step that was
 * finished, and writes no row twice.
 */
const ENTRY = fileURLToPath(new URL('fixtures/dying-main.ts', import.meta.url))

/** Where the process dies, in the order of the steps. */
const CONNECTION_DEATHS = [
  ['validateConnection', 'before:stores_accept_credential:1'],
  ['syncCatalogue', 'before:stores_write_products:3'],
  ['syncCatalogue', 'after:stores_write_orders:2'],
  ['buildIndexes', 'after:stores_search_insert_products:1'],
  ['configureAgents', 'before:stores_configure_agent:1'],
  ['finalise', 'after:stores_mark_status:2'],
] as const

const UPDATE_DEATHS = [
  ['fetchUpdates', 'after:stores_stage_changes:1'],
  ['processChanges', 'before:stores_stage_gone_products:1'],
  ['updateDatabase', 'after:stores_write_products:1'],
  ['syncAgents', 'before:stores_configure_agent:1'],
] as const

const REBUILD_DEATHS = [
  ['processProducts', 'after:stores_search_insert_products:1'],
  ['indexOrders', 'before:stores_search_insert_orders:1'],
  ['updateCustomers', 'after:stores_search_insert_customers:1'],
  ['optimiseSearches', 'before:stores_search_swap:1'],
] as const

const RECONNECTION_DEATHS = [
  ['validateCredentials', 'before:stores_mark_status:1'],
  ['cleanOldData', 'before:stores_find_old_products:1'],
  ['restoreConnection', 'before:stores_configure_agent:1'],
  ['syncData', 'after:stores_write_products:1'],
] as const

/** With CHAOS_STORES=all the process dies in every step of these too, else in one of each: a death costs seconds. */
const chosen = <Death>(deaths: readonly Death[], index: number): readonly Death[] =>
  process.env['CHAOS_STORES'] === 'all' ? deaths : deaths.slice(index, index + 1)

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
  test('is connected by processes that die in every step, then refreshed, indexed and reconnected by others that die', { timeout: 240_000 }, async () => {
    const data = makeShopData({ products: 900, orders: 500, customers: 300, seed: 11 })
    shop = await shopServer({ data })
    store = await backing(kind)
    const start = async (death?: string): Promise<void> => {
      app = await processes.start({
        entry: death === undefined ? [ENTRY] : [ENTRY, death],
        env: { ...store.env, ...shopEnvironment(shop), LEASE_SECONDS: '4', SEARCH_REBUILD_DELAY_SECONDS: '3600' },
      })
      ana = createApiClient({ url: app.url, token: await signToken({ secret: PLANTED.jwtSecret, subject: 'ana', roles: ['USER'] }) })
    }
    /** `undefined`: this process has died too by now. */
    const stepsOf = (type: string, known: readonly string[]) =>
      Promise.race([
        follows(ana, type, known).then(
          ({ steps }) => steps,
          () => undefined,
        ),
        app.exit.then(() => undefined),
      ])
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
        const steps = await stepsOf(type, known)
        const at = steps?.findIndex(({ name }) => name === step)
        expect(steps?.slice(0, at).every(({ state }) => state === 'COMPLETED')).not.toBe(false)
      }
      return ended(ana, (await follows(ana, type, known)).id)
    }

    /** Refresh, rebuild and reconnection; answers how many products fewer there are. */
    const diesThroughTheRest = async (): Promise<number> => {
      const { products } = data.collections
      products.add({ ...products.itemAt(0), name: { es: 'Zarzaparrilla embotellada', en: 'Bottled sarsaparilla' }, handle: 'zarzaparrilla', variants: [] })
      products.remove(products.idAt(3), products.idAt(4))
      const updated = await diesThrough('DATA_UPDATE', chosen(UPDATE_DEATHS, 2), () => refresh(ana, 'manual_refresh'))
      expect(updated).toMatchObject({ state: 'COMPLETED' })
      expect(await onlyStore(ana)).toMatchObject({ productCount: 899 })

      const { id } = await onlyStore(ana)
      const rebuilt = await diesThrough('RAG_SYNC', chosen(REBUILD_DEATHS, 1), () => rebuild(ana, id))
      expect(rebuilt).toMatchObject({ state: 'COMPLETED' })
      expect((await search(ana, id, 'zarzaparrilla'))[0]).toBe('Zarzaparrilla embotellada')

      products.change(products.idAt(7), { name: { es: 'Cubilete de latón', en: 'Brass beaker' } })
      shop.failNext(1, 401)
      const reconnected = await diesThrough('STORE_RECONNECTION', chosen(RECONNECTION_DEATHS, 3), () => refresh(ana, 'nightly'))
      expect(reconnected).toMatchObject({ state: 'COMPLETED' })
      await ended(ana, await rebuild(ana, id))
      expect((await search(ana, id, 'cubilete'))[0]).toBe('Cubilete de latón')
      return 1
    }

    await start()
    const connected = await diesThrough('STORE_CONNECTION', CONNECTION_DEATHS, () => install(ana, shop, app.url))
    expect(connected).toMatchObject({ state: 'COMPLETED' })
    expectPagesOnce(shop, CONNECTION_DEATHS.filter(([step]) => step === 'syncCatalogue').length)
    expect(await onlyStore(ana)).toMatchObject({ status: 'CONNECTED', productCount: 900, orderCount: 500, customerCount: 300 })
    await ended(ana, (await follows(ana, 'DATA_UPDATE')).id)

    // A start of the embedded database takes seconds, and its statements are the same ones.
    const removed = kind === 'postgres' ? await diesThroughTheRest() : 0

    await app.kill()
    await store.look(async (database) => {
      expect(await database.run(COUNTS, [])).toEqual([
        { products: 900 - removed, orders: 500, customers: 300, staged: 0, stores: 1, credentials: 1, generations: 1 },
      ])
      const histories = [...(await expectContiguousEvents(database)).values()]
      // However often they were cut off, no step was finished twice.
      for (const types of histories) expect(types.filter((type) => type === 'step_completed').length).toBeLessThanOrEqual(5)
    })
  })
})

/** A page may have been under way, and one fetched ahead, at each kill in the step that reads them; beyond that no page is asked for twice. */
function expectPagesOnce(shop: ShopServer, kills: number): void {
  const pages = ['/products', '/orders', '/customers'].flatMap((path) => shop.requestsOf(path)).filter(({ path }) => !/updated_at_min|fields=id/.test(path))
  const times = new Map<string, number>()
  for (const { path } of pages) times.set(path, (times.get(path) ?? 0) + 1)
  const again = [...times.values()].reduce((sum, count) => sum + count - 1, 0)
  expect(again).toBeLessThanOrEqual(2 * kills)
}
