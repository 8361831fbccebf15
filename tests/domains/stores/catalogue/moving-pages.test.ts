import { afterEach, describe, expect, test } from 'vitest'
import type { ShopProduct } from '../../../../src/domains/stores/shop/shop-api.ts'
import { databaseKinds } from '../../../setup/databases.ts'
import { aProduct, type MemoryShop, memoryShop } from '../memory-shop.ts'
import { type StoresWorld, storesWorld } from '../stores-world.ts'

interface Row {
  readonly external_id: string
  readonly removed_at: Date | null
}

describe.each(databaseKinds)('a shop that does not hold still on %s', (kind) => {
  let world: StoresWorld
  afterEach(() => world.close())

  const live = async (table: string) => (await world.rows<Row>(table)).filter((row) => row.removed_at === null).map((row) => row.external_id)

  /** Changes the shop when it is asked for something, once. */
  function changeAt(shop: MemoryShop, what: string, change: () => void) {
    let isDone = false
    shop.onAsk = (asked) => {
      if (asked !== what || isDone) return
      isDone = true
      shop.pass(1)
      change()
    }
  }

  test('what slips from page to page during a first sync is found by its id, though the counts agree', async () => {
    const shop = memoryShop({ products: 150 })
    world = await storesWorld({ kind, shop })
    // Product 51 moves to the first page, which was read; the new one makes up for the removed one in every total.
    changeAt(shop, 'products 2', () => {
      shop.remove('products', 1)
      shop.putProduct(999)
    })
    expect(await world.connect()).toMatchObject({ state: 'completed', result: { products: 150 } })
    expect((await live('product')).toSorted()).toEqual([...shop.items.products.keys()].toSorted())
    expect((await world.store()).productCount).toBe(150)
  })

  test('what slips from page to page during a refresh comes with the next one', async () => {
    const shop = memoryShop({ products: 150 })
    world = await storesWorld({ kind, shop })
    await world.connect()
    shop.pass(10)
    for (let id = 1; id <= 100; id += 1) shop.putProduct(id, { name: { es: `Otra ${id}` } })
    shop.pass(10)
    changeAt(shop, 'products since 2', () => shop.remove('products', 1))
    expect((await world.refresh()).result).toMatchObject({ changed: 98, removed: 1 })
    expect((await world.refresh()).result).toMatchObject({ changed: 1, removed: 0 })
    expect((await world.refresh()).result).toMatchObject({ received: 0, changed: 0 })
  })

  test('nothing is taken for gone because it slipped through while ids were read', async () => {
    const shop = memoryShop({ products: 150 })
    world = await storesWorld({ kind, shop })
    await world.connect()
    shop.pass(10)
    shop.remove('products', 150)
    changeAt(shop, 'ids products 2', () => shop.remove('products', 1))
    expect((await world.refresh()).result).toMatchObject({ removed: 1 })
    expect(await live('product')).toContain('51')
    // What went while ids were read is found the next time.
    expect((await world.refresh()).result).toMatchObject({ removed: 1 })
    expect((await live('product')).toSorted()).toEqual([...shop.items.products.keys()].toSorted())
  })

  test('nonsense of a shop is made to fit, and the rest is kept', async () => {
    const shop = memoryShop()
    world = await storesWorld({ kind, shop })
    const bad: Partial<ShopProduct> = {
      name: { es: 'Remera\u0000 azul \ud800', en: 'x'.repeat(1_000) },
      description: { es: 'd'.repeat(1_000_000) },
      tags: Array.from({ length: 1_000 }, (_, index) => `tag ${index} \u0000`),
      variants: [
        { externalId: 'v', sku: null, options: [{ es: 'S' }], price: '1e400', promotionalPrice: '0.00', stock: 1e12 },
        { externalId: 'v', sku: 'last', options: [{ es: 'M' }], price: '12.30', promotionalPrice: null, stock: null },
      ],
      createdAt: 'yesterday',
      updatedAt: '+275760-09-13T00:00:00.000Z',
    }
    shop.putProduct('bad', bad)
    shop.items.products.set('first', { ...aProduct('twice'), brand: 'first' })
    shop.items.products.set('second', { ...aProduct('twice'), brand: 'second' })
    shop.items.products.set('', { ...aProduct(''), externalId: '' })
    shop.putOrder(1, {
      total: 'free',
      contactName: '\u0000',
      lines: [{ productExternalId: null, variantExternalId: null, name: '\udfff', sku: null, quantity: Number.NaN, price: '' }],
    })
    shop.putCustomer(1, { totalSpent: '99999999999999999999999999' })
    expect(await world.connect()).toMatchObject({ state: 'completed', result: { products: 2, orders: 1, customers: 1 } })
    const products = await world.rows<{ name: Record<string, string>; description: Record<string, string>; brand: string; tags: string[]; price: string }>(
      'product',
    )
    expect(products.map(({ brand }) => brand).toSorted()).toEqual(['Sur', 'second'])
    const found = products.find(({ brand }) => brand === 'Sur')
    expect(found).toMatchObject({ name: { es: 'Remera azul \ufffd', en: 'x'.repeat(500) }, price: '12.30', stock: null })
    expect([found?.description['es']?.length, found?.tags.length]).toEqual([20_000, 200])
    expect(await world.rows('product_variant')).toHaveLength(3)
    expect(await world.rows('shop_order')).toMatchObject([{ total: '0.00', lines: [{ name: '\ufffd', quantity: 0, price: '0.00' }] }])
    expect(await world.rows('shop_customer')).toMatchObject([{ total_spent: null }])
  })
})
