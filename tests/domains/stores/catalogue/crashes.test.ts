import { afterEach, describe, expect, test } from 'vitest'
import { newUuid } from '../../../../src/base/ids.ts'
import type { OperationRecord } from '../../../../src/engine/records.ts'
import { gate, type TestEngine, untilAborted } from '../../../engine/engine-world.ts'
import { databaseKinds } from '../../../setup/databases.ts'
import { type MemoryShop, memoryShop } from '../memory-shop.ts'
import { type StoresWorld, storesWorld } from '../stores-world.ts'

const SIZES = { products: 130, orders: 70, customers: 60 }

describe.each(databaseKinds)('a sync that is cut off on %s', (kind) => {
  let world: StoresWorld
  let shop: MemoryShop
  afterEach(() => world.close())

  /** The shop hangs when it is asked for this, once. */
  function hangAt(what: string) {
    const stuck = gate()
    let isOver = false
    shop.onAsk = async (asked, signal) => {
      if (asked !== what || isOver) return
      isOver = true
      await Promise.race([stuck.wait(), untilAborted(signal)])
    }
    return stuck
  }

  const ended = async (engine: TestEngine, id: string): Promise<OperationRecord> => {
    for await (const record of engine.watch({ id, minIntervalMs: 50 })) if (['completed', 'failed'].includes(record.state)) return record
    throw new Error('the watch ended')
  }

  /** Asked more than once, of what was asked since the beginning of the operation. */
  const repeated = () => [...Map.groupBy(shop.asked, (what) => what)].filter(([, times]) => times.length > 1).map(([what]) => what)

  const exact = async () => {
    for (const [table, size] of [
      ['product', SIZES.products],
      ['product_variant', SIZES.products * 2],
      ['shop_order', SIZES.orders],
      ['shop_customer', SIZES.customers],
    ] as const)
      expect([table, (await world.rows(table)).length]).toEqual([table, size])
    expect(await world.store()).toMatchObject({ productCount: SIZES.products, orderCount: SIZES.orders, customerCount: SIZES.customers })
  }

  test.each([
    ['products 1', 'product', 0],
    ['products 3', 'product', 100],
    ['orders 2', 'shop_order', 50],
    ['ids customers since 1', 'shop_customer', 50],
  ])('goes on with the page under way: %s of a first sync', async (what, table, committed) => {
    shop = memoryShop(SIZES)
    world = await storesWorld({ kind, shop })
    const stuck = hangAt(what)
    const { id } = await world.engine.start('STORE_CONNECTION', { storeId: world.storeId, credentialId: world.credentialId, name: 'T', platform: 'sandbox' })
    await stuck.arrived
    await expect.poll(async () => (await world.rows(table)).length).toBe(committed)
    const ids = (await world.rows<{ id: string }>('product')).map((row) => row.id)
    await world.engine.engine.stop()
    const second = await world.engine.another()
    const record = await ended(second, id)
    // The index, which is not real here, would go through the same rows again.
    expect(record).toMatchObject({ state: 'completed', progress: { total: 2 * 260, succeeded: 260 } })
    // The totals of orders and customers are asked for at the beginning and to compare.
    const pages = repeated().filter((asked) => !/^ids \w+ 1$/.test(asked) && !/^\w+ since 1$/.test(asked))
    // A page that was asked for ahead of its turn may be asked for again.
    expect(pages.filter((asked) => asked !== what)).toEqual(what === 'ids customers since 1' ? ['customers 2'] : [])
    await exact()
    expect((await world.rows<{ id: string }>('product')).map((row) => row.id)).toEqual(expect.arrayContaining(ids))
  })

  test.each([
    ['products since 2', 'catalogue_change', 50],
    ['ids products 2', 'catalogue_seen', 50],
  ])('goes on with the page under way: %s of a refresh', async (what, table, committed) => {
    shop = memoryShop(SIZES)
    world = await storesWorld({ kind, shop })
    await world.connect()
    for (let id = 1; id <= 120; id += 1) shop.putProduct(id, { name: { es: `Otra ${id}` } })
    shop.remove('products', 130)
    shop.putProduct(131)
    shop.putProduct(132)
    shop.remove('products', 132)
    shop.remove('products', 129)
    shop.putProduct(133)
    shop.pass(10)
    shop.remove('customers', 60)
    shop.putCustomer(61, { updatedAt: '2026-01-01T00:00:00.000Z' })
    shop.asked.length = 0
    const stuck = hangAt(what)
    const writes = await world.countWrites()
    const { id } = await world.engine.start('DATA_UPDATE', { storeId: world.storeId })
    await stuck.arrived
    await expect.poll(async () => (await world.rows(table)).length).toBe(committed)
    await world.engine.engine.stop()
    const second = await world.engine.another()
    const record = await ended(second, id)
    expect(record).toMatchObject({ state: 'completed', result: { added: 2, changed: 120, removed: 2 } })
    // Whether something changed meanwhile is asked of two walks.
    expect(repeated().filter((asked) => asked !== 'ids products since 1')).toEqual([what])
    expect(await writes()).toMatchObject({ 'product INSERT': 2, 'product UPDATE': 122 })
    expect(await world.store()).toMatchObject({ productCount: 130 })
  })

  test('what is being written when the database fails is written once', async () => {
    shop = memoryShop({ products: 1_200, pageSize: 200 })
    world = await storesWorld({ kind, shop })
    await world.connect()
    for (let id = 1; id <= 1_200; id += 1) shop.putProduct(id, { name: { es: `Otra ${id}` } })
    shop.pass(10)
    const writes = await world.countWrites()
    for (const one of FAIL_ONCE) await world.database.run(one, [])
    const record = await world.refresh()
    expect(record).toMatchObject({ state: 'completed', result: { changed: 1_200 }, attempt: 2, progress: { total: 2_400, succeeded: 2_400 } })
    expect(await writes()).toEqual({ 'product UPDATE': 1_200 })
    expect(await world.rows('catalogue_change')).toEqual([])
  })

  test('a run that lost its lease writes nothing more', async () => {
    shop = memoryShop(SIZES)
    world = await storesWorld({ kind, shop })
    const stuck = gate()
    let isStuck = false
    shop.onAsk = async (asked) => {
      if (asked !== 'products 2' || isStuck) return
      isStuck = true
      await stuck.wait()
    }
    const { id } = await world.engine.start('STORE_CONNECTION', { storeId: world.storeId, credentialId: world.credentialId, name: 'T', platform: 'sandbox' })
    await stuck.arrived
    await expect.poll(async () => (await world.rows('product')).length).toBe(50)
    const dead = newUuid()
    await world.database.run(DEAD, [dead])
    await world.database.run(FREEZE, [id, dead])
    const second = await world.engine.another()
    expect(await ended(second, id)).toMatchObject({ state: 'completed' })
    const writes = await world.countWrites()
    stuck.open()
    await expect.poll(() => world.engine.engine.running).toBe(0)
    expect(await writes()).toEqual({})
    await exact()
  })
})

const DEAD = {
  name: 'test_dead',
  text: `insert into instance (id, name, role, renewed_at) values ($1::uuid, 'dead', 'worker', now() - interval '1 hour')`,
}
const FREEZE = { name: 'test_freeze', text: `update operation set lease_instance = $2::uuid where id = $1::uuid` }

/** The 700th update of a product fails, in the second batch; a sequence counts on whatever is rolled back. */
const FAIL_ONCE = [
  'create sequence test_updates',
  `create function test_fail() returns trigger language plpgsql as $$ begin
     if nextval('test_updates') = 700 then raise exception 'the disk is full'; end if; return new; end $$`,
  'create trigger test_fail before update on product for each row execute function test_fail()',
].map((text, index) => ({ name: `test_fail_${index}`, text }))
