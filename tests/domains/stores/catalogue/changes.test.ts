import { afterEach, describe, expect, test } from 'vitest'
import { databaseKinds } from '../../../setup/databases.ts'
import { aProduct, type MemoryShop, memoryShop } from '../memory-shop.ts'
import { type StoresWorld, storesWorld } from '../stores-world.ts'

interface Row {
  readonly id: string
  readonly external_id: string
  readonly removed_at: Date | null
}

const NOTHING = { id: '00000000-0000-7000-8000-000000000000' }

describe.each(databaseKinds)('what a refresh writes on %s', (kind) => {
  let world: StoresWorld
  let shop: MemoryShop
  afterEach(() => world.close())

  async function connected(products: number) {
    shop = memoryShop({ products, orders: 40, customers: 40, pageSize: 200 })
    world = await storesWorld({ kind, shop })
    await world.connect()
    shop.pass(10)
  }

  const idsOf = async (table: string) => new Map((await world.rows<Row>(table)).map(({ external_id, id }) => [external_id, id]))

  test('as many rows as differ, though the shop says that everything was touched', async () => {
    await connected(3_000)
    const before = { products: await idsOf('product'), variants: await idsOf('product_variant') }
    shop.touchAll()
    // Thirty of three thousand: a name, the price of one variant, the stock of one variant.
    for (let id = 1; id <= 10; id += 1) shop.putProduct(id, { name: { es: `Otra ${id}` } })
    for (let id = 11; id <= 30; id += 1) {
      const [small, medium] = aProduct(String(id)).variants as [object, object]
      shop.putProduct(id, { variants: [small, { ...medium, ...(id <= 20 ? { price: '99.00' } : { stock: 1 }) }] as never })
    }
    shop.pass(10)
    const writes = await world.countWrites()
    const { result } = await world.refresh()
    expect(result).toEqual({ received: 3_080, added: 0, changed: 30, removed: 0, important: 20 })
    expect(await writes()).toEqual({ 'product UPDATE': 30, 'product_variant UPDATE': 20 })
    expect(await idsOf('product')).toEqual(before.products)
    expect(await idsOf('product_variant')).toEqual(before.variants)
    // And nothing at all, the next time.
    const again = await world.countWrites()
    expect((await world.refresh()).result).toMatchObject({ added: 0, changed: 0, removed: 0, important: 0 })
    expect(await again()).toEqual({})
  })

  test('variants that come and go, and one that moves to another product under its id', async () => {
    await connected(20)
    const variants = await idsOf('product_variant')
    const [small, medium] = aProduct('1').variants
    shop.putProduct(1, { variants: [medium as never] })
    shop.putProduct(2, { variants: [...aProduct('2').variants, small as never] })
    shop.putProduct(3, { variants: [] })
    shop.pass(10)
    const writes = await world.countWrites()
    await world.refresh()
    expect(await writes()).toEqual({ 'product UPDATE': 3, 'product_variant DELETE': 2, 'product_variant UPDATE': 2 })
    const now = await idsOf('product_variant')
    expect(now.get('1-S')).toBe(variants.get('1-S'))
    expect([now.has('3-S'), now.has('3-M')]).toEqual([false, false])
    const products = await idsOf('product')
    const found = await world.reads.findVariants(['2', '1', '3'].map((id) => products.get(id) as string))
    expect(found.map((each) => each.map(({ externalId }) => externalId))).toEqual([['2-S', '2-M', '1-S'], ['1-M'], []])
  })

  test('what is gone is blanked and kept: products with their name, people not at all; what comes back has its id again', async () => {
    await connected(20)
    const product = (await idsOf('product')).get('5') as string
    const customer = (await idsOf('shop_customer')).get('5') as string
    shop.remove('products', 5)
    shop.remove('orders', 5)
    shop.remove('customers', 5)
    shop.pass(10)
    expect((await world.refresh()).result).toMatchObject({ removed: 3 })
    expect(await world.store()).toMatchObject({ productCount: 19, orderCount: 39, customerCount: 39 })
    const [gone] = await world.reads.findProducts([product])
    expect(gone).toMatchObject({ name: { es: 'Remera 5' }, handle: 'remera-5', description: {}, price: null, isPublished: false, removedAt: expect.any(Date) })
    expect(await world.reads.findVariants([product])).toEqual([[]])
    expect(await world.reads.findCustomers([customer])).toEqual([undefined])
    const told = JSON.stringify([await world.rows('shop_customer'), await world.rows('shop_order')])
    expect(told).not.toContain('ana5@example.com')
    expect((await world.rows<Row & { contact_email: string | null }>('shop_order')).filter((row) => row.contact_email === null)).toHaveLength(1)

    // An id that we miss, and whose product says nothing of a change: the counts tell.
    shop.putProduct(5, { updatedAt: aProduct('5').updatedAt })
    shop.pass(10)
    expect((await world.refresh()).result).toMatchObject({ added: 1, changed: 0, removed: 0 })
    expect(await world.reads.findProducts([product])).toMatchObject([{ description: { es: 'Remera de algodón, modelo 5.' }, removedAt: null }])
  })

  test('old removed rows are pruned after thirty days by a reconnection, and no others', async () => {
    await connected(20)
    shop.remove('products', 5)
    shop.remove('products', 6)
    shop.remove('customers', 7)
    shop.pass(10)
    await world.refresh()
    const AGE = { name: 'test_age', text: `update product set removed_at = now() - interval '31 days' where removed_at is not null and external_id = '5'` }
    await world.database.run(AGE, [])
    // Three walks that the refresh left count too: what it kept of itself.
    expect((await world.reconnect()).result).toEqual({ removed: 4, added: 0, changed: 0 })
    expect((await world.rows<Row>('product')).filter(({ removed_at }) => removed_at !== null).map(({ external_id }) => external_id)).toEqual(['6'])
  })

  test('lists by keyset, newest first, without what is gone', async () => {
    await connected(20)
    const made = (id: number) => ({ createdAt: new Date(Date.UTC(2026, 1, 1) + id * 1_000).toISOString() })
    for (let id = 4_001; id <= 4_007; id += 1) shop.putProduct(id, { ...made(id), name: { es: `Mate ${id}` }, isPublished: id !== 4_003 })
    shop.remove('products', 4_005)
    shop.pass(10)
    await world.refresh()
    const list = async (more: object) => {
      const page = await world.reads.listProducts({ storeId: world.storeId, limit: 3, fromEnd: false, filter: { text: 'mate' }, ...more })
      return { ids: page.items.map(({ externalId }) => externalId), ...page }
    }
    const first = await list({})
    expect(first).toMatchObject({ ids: ['4007', '4006', '4004'], hasNext: true, hasPrevious: false })
    const second = await list({ after: first.items.at(-1)?.id })
    expect(second).toMatchObject({ ids: ['4003', '4002', '4001'], hasNext: false, hasPrevious: true })
    expect(await list({ before: second.items[0]?.id, fromEnd: true })).toMatchObject({ ids: ['4007', '4006', '4004'], hasNext: true, hasPrevious: false })
    expect(await list({ filter: { text: 'MATE', isPublished: false } })).toMatchObject({ ids: ['4003'] })
    expect(await list({ filter: { text: '%' } })).toMatchObject({ ids: [] })
    expect(await list({ storeId: NOTHING.id })).toMatchObject({ ids: [], hasNext: false })
    const orders = await world.reads.listOrders({ storeId: world.storeId, limit: 100, fromEnd: false })
    expect(orders.items).toHaveLength(40)
    expect(orders.items[0]).toMatchObject({ total: '201.00', lines: [{ name: 'Remera 1', quantity: 2 }] })
    const customers = await world.reads.listCustomers({ storeId: world.storeId, limit: 1, fromEnd: true })
    expect(customers).toMatchObject({ items: [{ totalSpent: '201.00' }], hasPrevious: true, hasNext: false })
    expect(await world.reads.findOrders([NOTHING.id, orders.items[1]?.id as string])).toEqual([undefined, orders.items[1]])
  })
})
