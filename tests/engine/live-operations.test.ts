import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { newUuid } from '../../src/base/ids.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { createRedisBus } from '../../src/bus/redis/redis-bus.ts'
import type { Database } from '../../src/database/database.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type FreshDatabase, freshDatabase } from '../setup/databases.ts'
import { redisUrl } from '../setup/redis.ts'
import { createLive, createRows, publishOn, take, takeUntil } from './live-world.ts'

const END = { done: true, value: undefined }
const NOTHING = { hubs: 0, watchers: 0, operations: 0, channels: 0 }
const told = (record: OperationRecord) => `${record.state} v${record.version} r${record.progress.revision}`

const createBuses: Record<string, () => Bus> = {
  memory: () => createMemoryBus(),
  redis: () => createRedisBus({ url: redisUrl(), keyPrefix: `batuta-test:${randomUUID()}:`, telemetry: new Telemetry(), clock: systemClock }),
}

describe.each([
  ['pglite', 'memory'],
  ['postgres', 'redis'],
] as const)('live operations on %s with the %s bus', (kind, busKind) => {
  let fresh: FreshDatabase
  let database: Database
  let bus: Bus
  let instance: ReturnType<typeof createLive>
  let rows: ReturnType<typeof createRows>
  let ownerId: string
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    database = fresh.database
  })
  afterAll(() => fresh.drop())
  beforeEach(async () => {
    bus = (createBuses[busKind] as () => Bus)()
    await bus.start()
    instance = createLive({ database, bus })
    await instance.live.start()
    rows = createRows(database, publishOn(bus))
    ownerId = `owner:${randomUUID()}`
  })
  afterEach(async () => {
    await instance.live.stop()
    expect(instance.live.counts).toEqual(NOTHING)
    await bus.stop()
  })

  describe('eventFeed', () => {
    test('tells the life of an operation and ends with it', async () => {
      const id = await rows.insert(ownerId)
      const feed = instance.live.eventFeed({ id, after: undefined, follow: false })
      const opening = await take(feed, 2)
      expect(opening.map((frame) => frame.kind)).toEqual(['snapshot', 'caughtUp'])
      await rows.change({ id, ownerId, state: 'running', lease: 7, event: 'started' })
      await rows.change({ id, ownerId, state: 'completed' })
      const frames = await take(feed, 9)
      expect(frames.map((frame) => frame.kind === 'event' && [frame.event.seq, frame.event.type, frame.subject.version >= frame.event.seq])).toEqual([
        [2, 'started', true],
        [3, 'completed', true],
      ])
      expect(instance.live.counts).toEqual(NOTHING)
      const resumed = await take(instance.live.eventFeed({ id, after: opening[0]?.cursor, follow: false }), 9)
      expect(resumed.map((frame) => frame.kind)).toEqual(['event', 'event', 'caughtUp'])
    })

    test('goes on through a retry when it follows', async () => {
      const id = await rows.insert(ownerId)
      const feed = instance.live.eventFeed({ id, after: undefined, follow: true })
      await take(feed, 2)
      for (const state of ['failed', 'queued', 'completed'] as const) await rows.change({ id, ownerId, state })
      expect((await take(feed, 3)).map((frame) => frame.kind === 'event' && frame.event.seq)).toEqual([2, 3, 4])
      await feed.return?.()
    })

    test('gives nothing for an operation that does not exist, and ends when it is removed', async () => {
      expect(await instance.live.eventFeed({ id: newUuid(), after: undefined, follow: true }).next()).toEqual(END)
      const id = await rows.insert(ownerId)
      const feed = instance.live.eventFeed({ id, after: undefined, follow: true })
      await take(feed, 2)
      const next = feed.next()
      await rows.remove(id)
      rows.send(ownerId, { changed: [[id, 9, ownerId]] })
      expect(await next).toEqual(END)
    })

    test('reads an event once for 1,000 subscribers', async () => {
      const id = await rows.insert(ownerId)
      const feeds = Array.from({ length: 1_000 }, () => instance.live.eventFeed({ id, after: undefined, follow: false }))
      await Promise.all(feeds.map((feed) => take(feed, 2)))
      const [statements, loads] = [instance.log.statements, instance.counts.loads]
      const next = Promise.all(feeds.map((feed) => take(feed, 1)))
      await rows.change({ id, ownerId, state: 'completed' })
      await next
      expect([instance.log.statements - statements, instance.counts.loads - loads]).toEqual([1, 1])
      await Promise.all(feeds.map((feed) => feed.next()))
    })
  })

  describe('watch', () => {
    test('gives the state at once, then changes and progress, and goes on after the end', async () => {
      const id = await rows.insert(ownerId)
      const watch = instance.live.watch({ id, minIntervalMs: 0 })
      expect((await take(watch, 1)).map(told)).toEqual(['queued v1 r0'])
      await rows.change({ id, ownerId, state: 'running', lease: 5 })
      expect((await take(watch, 1)).map(told)).toEqual(['running v2 r0'])
      const loads = instance.counts.loads
      rows.progress({ id, ownerId, lease: 5, revision: 10 })
      const [moved] = await take(watch, 1)
      expect(moved && [told(moved), moved.progress.succeeded, moved.progress.total]).toEqual(['running v2 r10', 10, 100])
      // Frames cost no statement.
      expect(instance.counts.loads).toBe(loads)
      await rows.change({ id, ownerId, state: 'completed' })
      expect((await take(watch, 1)).map(told)).toEqual(['completed v3 r10'])
      await rows.change({ id, ownerId, state: 'queued' })
      expect((await take(watch, 1)).map(told)).toEqual(['queued v4 r10'])
      await watch.return?.()
    })

    test('lets neither a zombie nor an old frame move the bar, and reads a newer run first', async () => {
      const id = await rows.insert(ownerId)
      await rows.change({ id, ownerId, state: 'running', lease: 5 })
      await rows.store(id, 20)
      const watch = instance.live.watch({ id, minIntervalMs: 0 })
      expect((await take(watch, 1)).map(told)).toEqual(['running v2 r20'])
      rows.progress({ id, ownerId, lease: 4, revision: 900 })
      rows.progress({ id, ownerId, lease: 5, revision: 19 })
      rows.progress({ id, ownerId, lease: 5, revision: 21 })
      expect((await take(watch, 1)).map(told)).toEqual(['running v2 r21'])
      await rows.change({ id, ownerId, state: 'running', lease: 6, silent: true })
      rows.progress({ id, ownerId, lease: 6, revision: 1_020 })
      expect((await takeUntil(watch, (record) => record.progress.revision === 1_020)).map(told)).toContain('running v3 r1020')
      await watch.return?.()
    })

    test('reads once, not again and again, for frames of a run that is over', async () => {
      const id = await rows.insert(ownerId)
      await rows.change({ id, ownerId, state: 'completed' })
      const watch = instance.live.watch({ id, minIntervalMs: 0 })
      await take(watch, 1)
      const loads = instance.counts.loads
      for (let revision = 1; revision <= 50; revision += 1) rows.progress({ id, ownerId, lease: 5, revision })
      const next = watch.next()
      await rows.change({ id, ownerId, state: 'queued' })
      expect(await next).toMatchObject({ value: { version: 3, progress: { revision: 0 } } })
      expect(instance.counts.loads - loads).toBeLessThanOrEqual(3)
      await watch.return?.()
    })

    test('conflates what comes too fast, and drops neither the last state nor keeps the end waiting', async () => {
      const id = await rows.insert(ownerId)
      await rows.change({ id, ownerId, state: 'running', lease: 5 })
      const watch = instance.live.watch({ id, minIntervalMs: 100 })
      const startedAt = performance.now()
      await take(watch, 1)
      for (let revision = 1; revision <= 500; revision += 1) rows.progress({ id, ownerId, lease: 5, revision })
      const seen = await takeUntil(watch, (record) => record.progress.revision === 500)
      expect(seen.length).toBeLessThanOrEqual((performance.now() - startedAt) / 90)
      const slow = instance.live.watch({ id, minIntervalMs: 60_000 })
      await take(slow, 1)
      await rows.change({ id, ownerId, state: 'completed' })
      expect((await take(slow, 1)).map(told)).toEqual(['completed v3 r500'])
      await Promise.all([watch.return?.(), slow.return?.()])
    })

    test('shares one read among 1,000 watchers of one operation', async () => {
      const id = await rows.insert(ownerId)
      const watches = Array.from({ length: 1_000 }, () => instance.live.watch({ id, minIntervalMs: 0 }))
      await Promise.all(watches.map((watch) => take(watch, 1)))
      expect(instance.live.counts).toEqual({ hubs: 0, watchers: 1_000, operations: 1, channels: 1 })
      const loads = instance.counts.loads
      const next = Promise.all(watches.map((watch) => take(watch, 1)))
      await rows.change({ id, ownerId, state: 'running', lease: 1 })
      expect(new Set((await next).flat().map(told))).toEqual(new Set(['running v2 r0']))
      expect(instance.counts.loads - loads).toBe(1)
      for (const watch of watches) await watch.return?.()
      expect(instance.live.counts).toEqual(NOTHING)
    })

    test('releases everything when left while it waits or opens, and ends for what is gone', async () => {
      const id = await rows.insert(ownerId)
      const watch = instance.live.watch({ id, minIntervalMs: 0 })
      await take(watch, 1)
      const waiting = watch.next()
      await watch.return?.()
      expect(await waiting).toEqual(END)
      const opening = instance.live.watch({ id, minIntervalMs: 0 })
      const first = opening.next()
      await opening.return?.()
      expect(await first).toEqual(END)
      await expect.poll(() => instance.live.counts).toEqual(NOTHING)
      expect(await instance.live.watch({ id: newUuid(), minIntervalMs: 0 }).next()).toEqual(END)
      const removed = instance.live.watch({ id, minIntervalMs: 0 })
      await take(removed, 1)
      await rows.remove(id)
      rows.send(ownerId, { changed: [[id, 9, ownerId]] })
      expect(await removed.next()).toEqual(END)
    })
  })

  describe('watchMany', () => {
    const mine = (matches: (record: OperationRecord) => boolean = () => true) =>
      instance.live.watchMany({ visibility: { kind: 'owner', ownerId }, matches, minIntervalMs: 0 })

    test('starts with the active ones, then shows what begins, changes and ends, of this owner only', async () => {
      const [first, done] = [await rows.insert(ownerId, { silent: true }), await rows.insert(ownerId, { silent: true })]
      await rows.change({ id: done, ownerId, state: 'completed', silent: true })
      const watch = mine()
      expect((await take(watch, 1)).map((record) => record.id)).toEqual([first])
      await rows.insert('somebody else')
      const second = await rows.insert(ownerId)
      await rows.change({ id: first, ownerId, state: 'completed' })
      const seen = await takeUntil(watch, (record) => record.state === 'completed')
      expect(new Set(seen.map((record) => record.id))).toEqual(new Set([first, second]))
      await expect.poll(() => instance.live.counts.operations).toBe(1)
      await watch.return?.()
    })

    test('shows administrators the operations of all owners, each change once', async () => {
      const watch = instance.live.watchMany({ visibility: { kind: 'all' }, matches: (record) => record.type === ownerId, minIntervalMs: 0 })
      const next = take(watch, 1)
      const both = mine()
      const own = take(both, 1)
      await expect.poll(() => instance.live.counts.channels).toBe(2)
      await expect.poll(() => instance.counts.lists).toBe(2)
      const id = await rows.insert(ownerId, { type: ownerId })
      expect((await next).map(told)).toEqual(['queued v1 r0'])
      await own
      await rows.change({ id, ownerId, state: 'completed' })
      expect((await take(watch, 1)).map(told)).toEqual(['completed v2 r0'])
      expect((await take(both, 1)).map(told)).toEqual(['completed v2 r0'])
      await Promise.all([watch.return?.(), both.return?.()])
    })

    test('does not show an end again because somebody else looks at the operation', async () => {
      const id = await rows.insert(ownerId)
      const watch = mine()
      await take(watch, 1)
      rows.progress({ id, ownerId, lease: 0, revision: 4 })
      await rows.change({ id, ownerId, state: 'canceled' })
      await takeUntil(watch, (record) => record.state === 'canceled')
      const old = await rows.insert(ownerId, { silent: true })
      await rows.change({ id: old, ownerId, state: 'completed', silent: true })
      for (const ended of [id, old]) {
        const other = instance.live.watch({ id: ended, minIntervalMs: 0 })
        await take(other, 1)
        const events = instance.live.eventFeed({ id: ended, after: undefined, follow: false })
        await takeUntil(events, (frame) => frame.kind === 'caughtUp')
        await Promise.all([other.return?.(), events.return?.()])
      }
      const begun = await rows.insert(ownerId)
      expect((await take(watch, 1)).map((record) => record.id)).toEqual([begun])
      await watch.return?.()
    })

    test('shows once more what stops matching, so that no bar freezes, then drops it', async () => {
      const id = await rows.insert(ownerId)
      const watch = mine((record) => record.state === 'queued')
      expect((await take(watch, 1)).map(told)).toEqual(['queued v1 r0'])
      await rows.change({ id, ownerId, state: 'running', lease: 1 })
      expect((await take(watch, 1)).map(told)).toEqual(['running v2 r0'])
      const next = take(watch, 1)
      await rows.change({ id, ownerId, state: 'paused' })
      await rows.change({ id, ownerId, state: 'queued' })
      expect((await next).map(told)).toEqual(['queued v4 r0'])
      await watch.return?.()
    })

    test('keeps one pending value per operation for a slow reader', async () => {
      const ids = await Promise.all(Array.from({ length: 5 }, () => rows.insert(ownerId)))
      const watch = mine()
      await take(watch, 5)
      for (const id of ids) for (const state of ['running', 'paused', 'queued', 'running', 'completed'] as const) await rows.change({ id, ownerId, state })
      // The last read may still be under way when the reader comes back; then it sees one more state of that one.
      const ended = new Set<string>()
      const seen = await takeUntil(watch, (record) => record.state === 'completed' && ended.add(record.id).size === ids.length)
      expect(seen.length).toBeLessThan(10)
      await watch.return?.()
    })

    test('tells the reader whose filter throws, and nobody else', async () => {
      await rows.insert(ownerId)
      const healthy = mine()
      const watch = mine(() => {
        throw new Error('broken filter')
      })
      await Promise.all([expect(watch.next()).rejects.toThrow('broken filter'), take(healthy, 1)])
      await rows.insert(ownerId)
      await take(healthy, 1)
      await healthy.return?.()
      expect(instance.live.counts).toEqual(NOTHING)
    })
  })

  test('finds by itself what no hint told', async () => {
    const deaf = createLive({ database, bus: { ...delegate(bus), connected: false } })
    await deaf.live.start()
    const id = await rows.insert(ownerId)
    const watch = deaf.live.watch({ id, minIntervalMs: 0 })
    const many = deaf.live.watchMany({ visibility: { kind: 'owner', ownerId }, matches: () => true, minIntervalMs: 0 })
    await Promise.all([take(watch, 1), take(many, 1)])
    await rows.change({ id, ownerId, state: 'completed', silent: true })
    const begun = await rows.insert(ownerId, { silent: true })
    expect((await take(watch, 1)).map(told)).toEqual(['completed v2 r0'])
    expect(new Set((await take(many, 2)).map((record) => record.id))).toEqual(new Set([id, begun]))
    await deaf.live.stop()
    expect(await Promise.all([watch.next(), many.next()])).toEqual([END, END])
    expect(deaf.live.counts).toEqual(NOTHING)
  })
})

const delegate = (bus: Bus): Bus => ({
  start: () => bus.start(),
  stop: () => bus.stop(),
  publish: (channel, message) => bus.publish(channel, message),
  subscribe: (channel, listener) => bus.subscribe(channel, listener),
  onGap: (listener) => bus.onGap(listener),
  connected: true,
})
