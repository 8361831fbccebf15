import { afterEach, describe, expect, test } from 'vitest'
import { ShopUnauthorizedError } from '../../../../src/domains/stores/shop/shop-errors.ts'
import { databaseKinds } from '../../../setup/databases.ts'
import { memoryShop } from '../memory-shop.ts'
import { type StoresWorld, storesWorld } from '../stores-world.ts'

describe.each(databaseKinds)('the store operations on %s', (kind) => {
  let world: StoresWorld
  afterEach(() => world.close())

  test('connect, refresh and reconnect a store, asking for each page once and writing only what differs', async () => {
    const shop = memoryShop({ products: 120, orders: 60, customers: 30 })
    world = await storesWorld({ kind, shop })

    const connected = await world.connect()
    expect(connected).toMatchObject({ state: 'completed', result: { products: 120, orders: 60, customers: 30 } })
    // The index, which is not real here, would go through the same rows again.
    expect(connected.progress).toMatchObject({ total: 2 * 210, succeeded: 210 })
    expect(await world.store()).toMatchObject({ status: 'connected', productCount: 120, orderCount: 60, customerCount: 30, lastSyncedAt: expect.any(Date) })
    const totals = ['ids products 1', 'ids orders 1', 'ids customers 1']
    // Each page once, then whether pages may have moved meanwhile.
    const products = ['products 1', 'products 2', 'products 3', 'ids products since 1']
    const orders = ['orders 1', 'orders 2', 'ids orders since 1']
    const customers = ['customers 1']
    const quietRefresh = ['products since 1', 'orders since 1', 'customers since 1', ...totals]
    expect(shop.asked).toEqual([...totals, ...products, ...orders, ...customers, ...quietRefresh])
    const { catalogueRevision } = await world.store()

    shop.asked.length = 0
    shop.putProduct(7, { name: { es: 'Remera nueva' } })
    shop.putProduct(121)
    shop.remove('products', 8)
    shop.putOrder(61)
    shop.remove('customers', 9)
    shop.pass(5)
    const refreshed = await world.refresh()
    expect(refreshed).toMatchObject({ state: 'completed', result: { received: 3, added: 2, changed: 1, removed: 2, important: 5 } })
    // Three that were received, and five to write.
    expect(refreshed.progress).toMatchObject({ total: 8, succeeded: 8 })
    const compared = ['ids products 1', 'ids products 2', 'ids products 3', 'ids products since 1', 'ids orders 1', 'ids customers 1']
    expect(shop.asked).toEqual(['products since 1', 'orders since 1', 'customers since 1', ...compared])
    expect(await world.store()).toMatchObject({ productCount: 120, orderCount: 61, customerCount: 29 })
    expect((await world.store()).catalogueRevision).toBeGreaterThan(catalogueRevision)

    shop.putProduct(10, { name: { es: 'Remera blanca' } })
    const reconnected = await world.reconnect()
    expect(reconnected).toMatchObject({ state: 'completed', result: { added: 0, changed: 1 } })
    expect(world.told).toContain('resolve')
    for (const table of ['catalogue_change', 'catalogue_seen']) expect(await world.rows(table)).toEqual([])
  })

  test('a refused token starts a reconnection by itself', async () => {
    const shop = memoryShop({ products: 10 })
    world = await storesWorld({ kind, shop })
    await world.connect()
    shop.onAsk = () => {
      shop.onAsk = () => undefined
      throw new ShopUnauthorizedError('tienda.example')
    }
    expect(await world.refresh()).toMatchObject({ state: 'failed', failure: { code: 'SHOP_UNAUTHORIZED' } })
    expect(world.told).toContain('resolve')
    expect(await world.store()).toMatchObject({ status: 'connected' })
  })
})
