import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import type { Bus } from '../../../src/bus/bus.ts'
import { createMemoryBus } from '../../../src/bus/memory/memory-bus.ts'
import { createRedisBus } from '../../../src/bus/redis/redis-bus.ts'
import { statement } from '../../../src/database/statement.ts'
import type { SalesInboxRecord } from '../../../src/domains/sales/inbox/inbox-record.ts'
import { SALES_STREAM } from '../../../src/domains/sales/sales.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'
import { databaseKinds, type FreshDatabase, freshDatabase, freshPostgres } from '../../setup/databases.ts'
import { ownRedis } from '../../setup/redis.ts'
import { checkout, done, type SalesWorld, SHOP, salesWorld, sell } from './sales-world.ts'

/** One open tab: the badges that it was shown. */
class Tab {
  readonly shown: SalesInboxRecord[] = []
  readonly #badges: AsyncIterator<SalesInboxRecord>

  constructor(world: SalesWorld, userId: string) {
    this.#badges = world.sales.inboxes.watch(userId)
  }

  async next(): Promise<SalesInboxRecord> {
    const step = await this.#badges.next()
    if (step.done) throw new Error('the badge ended')
    this.shown.push(step.value)
    return step.value
  }

  async shows(unseenCount: number): Promise<SalesInboxRecord> {
    let badge = this.shown.at(-1) ?? (await this.next())
    while (badge.unseenCount !== unseenCount) badge = await this.next()
    return badge
  }

  async close(): Promise<void> {
    await this.#badges.return?.()
  }
}

const FORGET = statement('test_forget_events', 'delete from event where stream = $1 and seq <= $2')

describe.each(databaseKinds)('badges on %s', (kind) => {
  let fresh: FreshDatabase
  let bus: Bus
  let one: SalesWorld
  let other: SalesWorld
  let tabs: Tab[]
  let count = 0
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    bus = createMemoryBus()
    ;[one, other] = [await salesWorld(fresh.database, bus), await salesWorld(fresh.database, bus)]
  })
  afterAll(async () => {
    expect([...one.contained, ...other.contained]).toEqual([])
    await Promise.all([one.stop(), other.stop()])
    await fresh.drop()
  })
  beforeEach(() => {
    tabs = []
  })
  afterEach(async () => {
    await Promise.all(tabs.map((tab) => tab.close()))
    for (const world of [one, other]) {
      expect(world.sales.inboxes.counts).toEqual({ users: 0, watchers: 0, followers: 0 })
      await expect.poll(() => world.events.hubs).toBe(0)
    }
  })

  const open = (world: SalesWorld, userId: string): Tab => {
    const tab = new Tab(world, userId)
    tabs.push(tab)
    return tab
  }
  const sellSome = async (howMany: number) => {
    for (let sold = 0; sold < howMany; sold += 1) {
      count += 1
      await sell(one.sales, `S-${count}`)
    }
  }
  /** An administrator who has seen everything so far. */
  const newAdministrator = async (): Promise<string> => {
    const userId = randomUUID()
    await one.sales.markSeen(userId)
    return userId
  }

  test('counts all there ever were for whoever comes for the first time', async () => {
    await sellSome(2)
    const { unseenCount, lastSeenAt } = await one.sales.inbox('somebody new')
    expect([unseenCount, lastSeenAt]).toEqual([count, null])
    expect(await open(other, 'somebody new').next()).toMatchObject({ unseenCount: count, lastSeenAt: null })
  })

  test('shows the current value at once, then every change, in all tabs on all instances', async () => {
    const [ana, bob] = [await newAdministrator(), await newAdministrator()]
    const [left, right, far, bobs] = [open(one, ana), open(one, ana), open(other, ana), open(other, bob)]
    const all = [left, right, far, bobs]
    expect((await Promise.all(all.map((tab) => tab.next()))).map(({ unseenCount }) => unseenCount)).toEqual([0, 0, 0, 0])
    await sellSome(3)
    await Promise.all(all.map((tab) => tab.shows(3)))
    const marked = await other.sales.markSeen(ana)
    expect(marked.unseenCount).toBe(0)
    for (const tab of [left, right, far]) expect((await tab.shows(0)).lastSeenAt).toEqual(marked.lastSeenAt)
    expect(bobs.shown.at(-1)?.unseenCount).toBe(3)
    await sellSome(1)
    await Promise.all([...[left, right, far].map((tab) => tab.shows(1)), bobs.shows(4)])
  })

  test('is lit by what is created and approved, and by nothing else', async () => {
    const ana = await newAdministrator()
    const tab = open(one, ana)
    await tab.shows(0)
    const sale = done(await checkout(one.sales, 'L-1'))
    await tab.shows(1)
    await one.sales.selling.update({ saleId: sale.id, change: { customer: 'Bob' }, actor: SHOP })
    await one.sales.selling.confirmPayment({ saleId: sale.id, paymentReference: 'L-PAY', actor: SHOP })
    await tab.shows(2)
    await one.sales.selling.cancel({ saleId: sale.id, actor: SHOP })
    count += 2
    await sellSome(1)
    await tab.shows(3)
    expect(tab.shown.map(({ unseenCount }) => unseenCount)).toEqual([0, 1, 2, 3])
  })

  test('marks no more than what the page showed, and never goes back', async () => {
    const ana = await newAdministrator()
    const tab = open(other, ana)
    await tab.shows(0)
    await sellSome(2)
    const shown = await tab.shows(2)
    await sellSome(3)
    expect((await one.sales.markSeen(ana, shown.seq)).unseenCount).toBe(3)
    expect((await tab.shows(3)).lastSeenAt).not.toBeNull()
    expect((await one.sales.markSeen(ana)).unseenCount).toBe(0)
    expect((await one.sales.markSeen(ana, shown.seq)).unseenCount).toBe(0)
    expect((await one.sales.markSeen(ana, 1)).unseenCount).toBe(0)
    // A cursor from before a restore of the database.
    expect((await one.sales.markSeen(ana, 1_000_000)).unseenCount).toBe(0)
    await sellSome(1)
    await tab.shows(1)
  })

  test('marks by the count that events carry, also when those before are not kept any more', async () => {
    const ana = await newAdministrator()
    const { seq } = await one.sales.inbox(ana)
    await sellSome(3)
    await fresh.database.run(FORGET, [SALES_STREAM, seq + 1])
    // Nothing is known of what an older page showed.
    expect((await one.sales.markSeen(ana, seq + 1)).unseenCount).toBe(3)
    expect((await one.sales.markSeen(ana, seq + 2)).unseenCount).toBe(1)
    await fresh.database.run(FORGET, [SALES_STREAM, seq + 3])
    expect((await one.sales.markSeen(ana, seq + 3)).unseenCount).toBe(0)
  })

  test('asks the database nothing for anybody who watches, however many sales there are', async () => {
    const administrators = await Promise.all(Array.from({ length: 20 }, newAdministrator))
    const watching = administrators.flatMap((ana) => [open(one, ana), open(other, ana)])
    await Promise.all(watching.map((tab) => tab.shows(0)))
    const asked = () => [...one.ran, ...other.ran].filter((name) => name.startsWith('sales_read') || name === 'sales_find_sales').length
    const before = asked()
    await sellSome(40)
    await Promise.all(watching.map((tab) => tab.shows(40)))
    // One look at the marks of all per instance may have come in between.
    expect(asked() - before).toBeLessThanOrEqual(2)
    expect(Math.max(...watching.map((tab) => tab.shown.length))).toBeLessThanOrEqual(41)
  })

  test('gives one that is left and opened again the value of now', async () => {
    const ana = await newAdministrator()
    const first = open(one, ana)
    await first.shows(0)
    await first.close()
    await sellSome(2)
    expect((await open(one, ana).next()).unseenCount).toBe(2)
  })

  test('ends a badge that is left before it has begun', async () => {
    const badges = one.sales.inboxes.watch('nobody')
    const waiting = badges.next()
    await badges.return?.()
    expect((await waiting).done).toBe(true)
  })
})

describe('badges while the database fails', () => {
  test.each(['sales_read_head', 'sales_read_marks'])('are refused when %s fails, hold nothing, and work again afterwards', async (name) => {
    const fresh = await freshDatabase('pglite')
    const world = await salesWorld(fresh.database)
    try {
      world.failing.add(name)
      await expect(new Tab(world, 'root').next()).rejects.toThrow(`does not answer ${name}`)
      expect(world.sales.inboxes.counts).toEqual({ users: 0, watchers: 0, followers: 0 })
      world.failing.clear()
      const tab = new Tab(world, 'root')
      await tab.shows(0)
      await sell(world.sales, 'F-1')
      await tab.shows(1)
      await tab.close()
      await expect.poll(() => world.events.hubs).toBe(0)
    } finally {
      await world.stop()
      await fresh.drop()
    }
  })
})

describe('badges over Redis', () => {
  test('stay in step on two instances while Redis is dead, and after it is back', async () => {
    const [fresh, redis] = [await freshPostgres(), await ownRedis()]
    const buses = [0, 1].map(() => createRedisBus({ url: redis.url, keyPrefix: 'badges', telemetry: new Telemetry(), clock: systemClock }))
    const [one, other] = [await salesWorld(fresh.database, buses[0]), await salesWorld(fresh.database, buses[1])]
    const [near, far] = [new Tab(one, 'root'), new Tab(other, 'root')]
    const both = [near, far]
    const step = async (reference: string) => {
      await Promise.all(both.map((tab) => tab.shows(0)))
      await sell(one.sales, reference)
      await Promise.all(both.map((tab) => tab.shows(1)))
      await other.sales.markSeen('root')
      await Promise.all(both.map((tab) => tab.shows(0)))
    }
    try {
      await step('R-1')
      await redis.kill()
      await expect.poll(() => buses.map((bus) => bus.connected)).toEqual([false, false])
      await step('R-2')
      await redis.restart()
      await expect.poll(() => buses.map((bus) => bus.connected)).toEqual([true, true])
      await step('R-3')
      expect([...one.contained, ...other.contained]).toEqual([])
    } finally {
      await Promise.all(both.map((tab) => tab.close()))
      await Promise.all([one.stop(), other.stop()])
      await Promise.all(buses.map((bus) => bus.stop()))
      await redis.stop()
      await fresh.drop()
    }
  })
})
