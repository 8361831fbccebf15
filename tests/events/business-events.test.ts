import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { InvalidInputError } from '../../src/base/errors.ts'
import { newUuid } from '../../src/base/ids.ts'
import { toCursor } from '../../src/events/cursor.ts'
import { defineEvents } from '../../src/events/define-events.ts'
import { pruneEvents } from '../../src/events/prune-events.ts'
import { redisUrl } from '../setup/redis.ts'
import {
  ageEvents,
  type BusinessWorld,
  businessWorld,
  countKept,
  deliveries,
  type Frame,
  low,
  readUntil,
  seqsOf,
  stockAlerts,
  told,
  untilSeq,
  upTo,
} from './business-world.ts'

const BACKINGS = [
  { kind: 'pglite', over: 'memory' },
  { kind: 'pglite', over: 'Redis' },
  { kind: 'postgres', over: 'memory' },
  { kind: 'postgres', over: 'Redis' },
] as const

describe.each(BACKINGS)('business events on $kind, hints over $over', ({ kind, over }) => {
  let world: BusinessWorld
  beforeEach(async () => {
    world = await businessWorld({ kind, ...(over === 'Redis' ? { redis: redisUrl() } : {}) })
  })
  afterEach(() => world.close())

  const publishing = (instance: 0 | 1, ...skus: readonly string[]) =>
    world.instances[instance].events.transaction(async (_transaction, publish) => {
      const seqs: number[] = []
      for (const sku of skus) seqs.push(await publish(stockAlerts, low(sku)))
      return seqs
    })

  test('reach every follower on both instances 1 to n exactly once, whoever publishes at the same time', async () => {
    const feeds = [0, 1, 0, 1].map((index) => world.instances[index as 0 | 1].events.feed(stockAlerts, { after: undefined }))
    const first = await Promise.all(feeds.map((feed) => feed.next()))
    expect(first.map(({ value }) => told(value as Frame))).toEqual(Array(4).fill('caughtUp 0'))
    const following = feeds.map(async (feed) => seqsOf(await untilSeq(feed, 120)))
    const publishers = upTo(20).map(async (publisher) => {
      for (const turn of upTo(3)) await publishing(publisher % 2 === 0 ? 0 : 1, `${publisher}/${turn}/a`, `${publisher}/${turn}/b`)
    })
    await Promise.all(publishers)
    for (const seqs of await Promise.all(following)) expect(seqs).toEqual(upTo(120))
    await expect.poll(() => world.instances.map(({ events }) => events.hubs)).toEqual([0, 0])
    expect(world.instances[0].facts.get('failure.contained')).toBeUndefined()
  })

  test('carry what was published: type, data, actor, time, and a cursor to go on from', async () => {
    const feed = world.instances[1].events.feed(stockAlerts, { after: undefined })
    await feed.next()
    const { event } = await world.instances[0].events.publish(stockAlerts, low('A-1'))
    expect(event).toMatchObject({ seq: 1, type: 'LOW', data: { sku: 'A-1', left: 1 }, actor: { kind: 'service', id: 'shop' } })
    expect(await publishing(0, 'A-2')).toEqual([2])
    const [first] = await untilSeq(feed, 2)
    expect(first).toMatchObject({ kind: 'event', subject: null, event })
    const resumed = world.instances[0].events.feed(stockAlerts, { after: first?.cursor })
    expect((await readUntil(resumed, ({ kind: each }) => each === 'caughtUp')).map(told)).toEqual(['event 2', 'caughtUp 1'])
  })

  test('do not exist when their transaction is rolled back', async () => {
    const feed = world.instances[1].events.feed(stockAlerts, { after: undefined })
    await feed.next()
    const failed = world.instances[0].events.transaction(async (_transaction, publish) => {
      expect(await publish(stockAlerts, low('never'))).toBe(1)
      throw new Error('the sale failed')
    })
    await expect(failed).rejects.toThrow('the sale failed')
    await publishing(0, 'sold')
    const [only] = await untilSeq(feed, 1)
    expect(only).toMatchObject({ event: { seq: 1, data: { sku: 'sold' } } })
    expect(world.instances[0].facts.get('events.published')).toBe(1)
  })

  test('keep streams apart', async () => {
    const trucks = world.instances[1].events.feed(deliveries, { after: undefined })
    await trucks.next()
    await world.instances[0].events.transaction(async (_transaction, publish) => {
      expect(await publish(stockAlerts, low('A'))).toBe(1)
      expect(await publish(deliveries, { type: 'ARRIVED', data: { truck: 'B' }, actor: null })).toBe(1)
    })
    expect(await untilSeq(trucks, 1)).toMatchObject([{ event: { type: 'ARRIVED', data: { truck: 'B' }, actor: null } }])
  })

  test('are published once per idempotency key, also by two instances at once', async () => {
    const once = (instance: 0 | 1, sku: string, key: string) => world.instances[instance].events.publish(stockAlerts, { ...low(sku), idempotencyKey: key })
    const outcomes = await Promise.all(upTo(10).map((index) => once(index % 2 === 0 ? 0 : 1, 'A', 'k')))
    expect(outcomes.map((outcome) => outcome.event.seq)).toEqual(Array(10).fill(1))
    expect(outcomes.filter((outcome) => outcome.kind === 'published' && !outcome.replayed)).toHaveLength(1)
    expect(await once(1, 'B', 'k')).toMatchObject({ kind: 'idempotencyConflict', event: { seq: 1, data: { sku: 'A' } } })
    expect(await once(1, 'B', 'other')).toMatchObject({ kind: 'published', replayed: false, event: { seq: 2 } })
    const stranger = { ...low('C'), actor: { kind: 'service', id: 'elsewhere' } as const, idempotencyKey: 'k' }
    expect(await world.instances[0].events.publish(stockAlerts, stranger)).toMatchObject({ replayed: false, event: { seq: 3 } })
    expect(await world.instances[0].events.publish(stockAlerts, low('C'))).toMatchObject({ replayed: false, event: { seq: 4 } })
    expect(await countKept(world.database)).toEqual({ events: 4, keys: 3 })
  })

  test('name the gap of a cursor that can not be served, and go on from the head or with all that is kept', async () => {
    await publishing(0, ...upTo(6).map(String))
    const { events } = world.instances[1]
    const stream = (await world.instances[0].events.publish(stockAlerts, { ...low('7'), idempotencyKey: 'seven' })).event.stream
    const opened = async (after: string) => (await readUntil(events.feed(stockAlerts, { after }), ({ kind: each }) => each === 'caughtUp')).map(told)
    expect(await opened(toCursor({ stream: newUuid(), seq: 1 }))).toEqual(['gap unknown_cursor', 'caughtUp 0'])
    expect(await opened('nonsense')).toEqual(['gap unknown_cursor', 'caughtUp 0'])
    expect(await opened(toCursor({ stream, seq: 9 }))).toEqual(['gap beyond_head', 'caughtUp 0'])
    await ageEvents(world.database, 4)
    const retentions = [{ stream, retentionMs: stockAlerts.retentionMs }]
    expect(await pruneEvents(world.database, { retentions, limit: 3 })).toBe(3)
    expect(await pruneEvents(world.database, { retentions, limit: 3 })).toBe(1)
    expect(await pruneEvents(world.database, { retentions, limit: 3 })).toBe(0)
    expect(await opened(toCursor({ stream, seq: 2 }))).toEqual(['gap retention', 'event 5', 'event 6', 'event 7', 'caughtUp 3'])
    expect(await opened(toCursor({ stream, seq: 4 }))).toEqual(['event 5', 'event 6', 'event 7', 'caughtUp 3'])
    await ageEvents(world.database, 7)
    expect(await pruneEvents(world.database, { retentions, limit: 100 })).toBe(3)
    expect(await countKept(world.database)).toEqual({ events: 0, keys: 0 })
    expect(await opened(toCursor({ stream, seq: 2 }))).toEqual(['gap retention', 'caughtUp 0'])
    expect(await opened(toCursor({ stream, seq: 7 }))).toEqual(['caughtUp 0'])
    expect(await publishing(0, 'next')).toEqual([8])
  })

  test('tell a follower that stood still of one gap when what it missed was pruned meanwhile', async () => {
    const { events } = world.instances[0]
    const [slow, fast] = [events.feed(stockAlerts, { after: undefined }), events.feed(stockAlerts, { after: undefined })]
    await Promise.all([slow.next(), fast.next()])
    const reading = untilSeq(fast, 400)
    for (const _ of upTo(4)) await publishing(1, ...upTo(100).map(String))
    await reading
    const stream = (await events.publish(stockAlerts, low('last'))).event.stream
    await ageEvents(world.database, 390)
    await pruneEvents(world.database, { retentions: [{ stream, retentionMs: stockAlerts.retentionMs }], limit: 1_000 })
    const frames = (await untilSeq(slow, 401)).map(told)
    expect(frames.slice(0, 3)).toEqual(['gap retention', 'event 391', 'event 392'])
    expect(frames).toHaveLength(12)
  })
})

describe('publishing', () => {
  let world: BusinessWorld
  beforeEach(async () => {
    world = await businessWorld({ kind: 'pglite' })
  })
  afterEach(() => world.close())

  test('refuses data and types that are not what the definition says, with their paths', async () => {
    const { events } = world.instances[0]
    const refused = events.publish(stockAlerts, { type: 'LOW', data: { sku: '', left: 1.5 }, actor: null })
    await expect(refused).rejects.toThrow(InvalidInputError)
    await expect(refused).rejects.toMatchObject({ issues: [{ path: 'data.sku' }, { path: 'data.left' }] })
    const unknown = events.publish(stockAlerts, { type: 'GONE' as 'LOW', data: { sku: 'A', left: 1 }, actor: null })
    await expect(unknown).rejects.toMatchObject({ issues: [{ path: 'type', message: 'expected one of LOW, SOLD_OUT, got "GONE"' }] })
    expect(await countKept(world.database)).toEqual({ events: 0, keys: 0 })
  })

  test('refuses a definition that the server was not started with', async () => {
    const stranger = defineEvents({ ...stockAlerts, name: 'STRANGER', stream: 'strangers' })
    await expect(world.instances[0].events.publish(stranger, low('A'))).rejects.toThrow(
      'events STRANGER: expected a definition that the server was started with',
    )
    expect(() => world.instances[0].events.feed(stranger, { after: undefined })).toThrow('STRANGER')
  })
})

describe('definitions', () => {
  test('with one name or one stream stop the start', async () => {
    const again = defineEvents({ ...stockAlerts, stream: 'other' })
    await expect(businessWorld({ kind: 'pglite', definitions: [stockAlerts, again] })).rejects.toThrow(
      'events STOCK_ALERT: the name STOCK_ALERT is taken by the events STOCK_ALERT; choose another one',
    )
    const beside = defineEvents({ ...stockAlerts, name: 'SHELF_ALERT' })
    await expect(businessWorld({ kind: 'pglite', definitions: [stockAlerts, beside] })).rejects.toThrow(
      'events SHELF_ALERT: the stream stock is taken by the events STOCK_ALERT; choose another one',
    )
  })

  test.each([
    [{ name: 'stockAlert' }, 'events stockAlert: "stockAlert" is no UPPER_SNAKE_CASE name'],
    [{ types: { low: 'Low.' } }, 'events STOCK_ALERT: "low" is no UPPER_SNAKE_CASE name'],
    [{ types: {} }, 'events STOCK_ALERT: types names no kind of event'],
    [{ stream: 'Stock Alerts' }, 'events STOCK_ALERT: expected a stream of lower-case letters'],
    [{ readableBy: [] }, 'events STOCK_ALERT: readableBy names no role'],
  ])('say what is wrong with %j', (change, sentence) => {
    const params = { name: 'STOCK_ALERT', stream: 'stock', description: 'x', types: { LOW: 'Low.' }, data: z.object({}), readableBy: ['ADMIN'] as const }
    expect(() => defineEvents({ ...params, ...change } as typeof params)).toThrow(sentence)
  })
})
