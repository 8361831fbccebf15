import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { namedStream, newUuid } from '../../src/base/ids.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { fromCursor, toCursor } from '../../src/events/cursor.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../setup/databases.ts'
import { append, createStreams, newName, take, takeTold, told } from './stream-world.ts'

const END = { done: true, value: undefined }

describe.each(databaseKinds)('feeds on %s', (kind) => {
  let fresh: FreshDatabase
  let database: Database
  let bus: Bus & { readonly channels: number }
  let streams: ReturnType<typeof createStreams>
  let name: string
  let stream: string
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    database = fresh.database
  })
  afterAll(() => fresh.drop())
  beforeEach(async () => {
    bus = createMemoryBus()
    streams = createStreams({ database, bus })
    name = newName()
    stream = namedStream(name)
    await streams.feeds.start()
  })
  afterEach(async () => {
    await streams.feeds.stop()
    await expect.poll(() => bus.channels).toBe(0)
  })
  const cursor = (seq: number) => toCursor({ stream, seq })

  test('begin with a snapshot, say that they caught up, go on live and end with the last event', async () => {
    await append({ database, name, types: ['a', 'b'] })
    const feed = streams.open(stream)
    const [snapshot, caughtUp] = await take(feed, 2)
    expect(snapshot).toEqual({ kind: 'snapshot', cursor: cursor(2), subject: { version: 2, over: false } })
    expect(caughtUp).toEqual({ kind: 'caughtUp', cursor: cursor(2), replayed: 0 })
    await append({ database, name, types: ['c'], bus })
    const [event] = await take(feed, 1)
    expect(event).toMatchObject({
      kind: 'event',
      cursor: cursor(3),
      event: { stream, seq: 3, type: 'c', data: { type: 'c' }, actor: null },
      subject: { version: 3 },
    })
    await append({ database, name, types: ['d', 'ended'], bus })
    expect(await takeTold(feed, 9)).toEqual(['event 4', 'event 5'])
    expect([await feed.next(), streams.feeds.hubs]).toEqual([END, 0])
  })

  test('resume after a cursor: what was missed, then live', async () => {
    await append({ database, name, types: ['a', 'b', 'c'] })
    const feed = streams.open(stream, { after: cursor(1) })
    const frames = await take(feed, 3)
    expect(frames.map(told)).toEqual(['event 2', 'event 3', 'caughtUp 2'])
    expect(frames.map((frame) => fromCursor(frame.cursor)?.seq)).toEqual([2, 3, 3])
    await append({ database, name, types: ['ended'], bus })
    expect(await takeTold(feed, 9)).toEqual(['event 4'])
  })

  test('replay more than a page and more than the ring holds', async () => {
    await append({ database, name, types: Array(700).fill('a') })
    const feed = streams.open(stream, { after: cursor(0) })
    expect(await takeTold(feed, 701)).toEqual([...Array.from({ length: 700 }, (_, index) => `event ${index + 1}`), 'caughtUp 700'])
    await append({ database, name, types: Array(700).fill('b'), bus })
    expect(await takeTold(feed, 700)).toEqual(Array.from({ length: 700 }, (_, index) => `event ${index + 701}`))
    await feed.return?.()
  })

  test('end after what was missed when the end has come already, unless they follow', async () => {
    await append({ database, name, types: ['a', 'ended'] })
    expect(await takeTold(streams.open(stream), 9)).toEqual(['snapshot 2', 'caughtUp 0'])
    expect(await takeTold(streams.open(stream, { after: cursor(1) }), 9)).toEqual(['event 2', 'caughtUp 1'])
    expect(await takeTold(streams.open(stream, { after: cursor(2) }), 9)).toEqual(['caughtUp 0'])
    const following = streams.open(stream, { after: cursor(0), follow: true })
    expect(await takeTold(following, 3)).toEqual(['event 1', 'event 2', 'caughtUp 2'])
    await append({ database, name, types: ['again'], bus })
    expect(await takeTold(following, 1)).toEqual(['event 3'])
    await following.return?.()
  })

  test('do not end with an end that was taken back', async () => {
    await append({ database, name, types: ['a', 'ended', 'again'] })
    const feed = streams.open(stream, { after: cursor(0) })
    expect(await takeTold(feed, 4)).toEqual(['event 1', 'event 2', 'event 3', 'caughtUp 3'])
    await append({ database, name, types: ['ended'], bus })
    expect(await takeTold(feed, 9)).toEqual(['event 4'])
  })

  test('name the gap: malformed cursor, other stream, beyond the head, pruned', async () => {
    await append({ database, name, types: ['a', 'b', 'c'] })
    const opened = async (after: string) => {
      const feed = streams.open(stream, { after })
      const frames = await take(feed, 3)
      await feed.return?.()
      expect(frames[0]?.cursor).toBe(after)
      return frames.map(told)
    }
    expect(await opened('nonsense')).toEqual(['gap unknown_cursor', 'snapshot 3', 'caughtUp 0'])
    expect(await opened(toCursor({ stream: newUuid(), seq: 1 }))).toEqual(['gap unknown_cursor', 'snapshot 3', 'caughtUp 0'])
    expect(await opened(cursor(4))).toEqual(['gap beyond_head', 'snapshot 3', 'caughtUp 0'])
    await streams.prune(stream, 3)
    expect(await opened(cursor(1))).toEqual(['gap retention', 'snapshot 3', 'caughtUp 0'])
    expect(await takeTold(streams.open(stream, { after: cursor(2) }), 2)).toEqual(['event 3', 'caughtUp 1'])
    await streams.prune(stream, 4)
    expect(await opened(cursor(2))).toEqual(['gap retention', 'snapshot 3', 'caughtUp 0'])
    await streams.feeds.stop()
  })

  test('tell a subscriber that stood still for too long of the gap, too', async () => {
    await append({ database, name, types: ['a'] })
    const [slow, fast] = [streams.open(stream), streams.open(stream)]
    await Promise.all([take(slow, 2), take(fast, 2)])
    await append({ database, name, types: Array(300).fill('b'), bus })
    await take(fast, 300)
    await streams.prune(stream, 200)
    expect(await takeTold(slow, 3)).toEqual(['gap retention', 'snapshot 301', 'caughtUp 0'])
    await Promise.all([slow.return?.(), fast.return?.()])
  })

  test('notice a head that went back', async () => {
    await append({ database, name, types: ['a', 'b', 'c'] })
    const feed = streams.open(stream)
    await take(feed, 2)
    const next = take(feed, 3)
    await streams.rewind(stream, 1)
    streams.hint(stream, 9)
    expect((await next).map(told)).toEqual(['gap beyond_head', 'snapshot 1', 'caughtUp 0'])
    await append({ database, name, types: ['d'], bus })
    expect(await takeTold(feed, 1)).toEqual(['event 2'])
    await feed.return?.()
  })

  test('read an event once for 1,000 subscribers', async () => {
    await append({ database, name, types: ['a'] })
    const feeds = Array.from({ length: 1_000 }, () => streams.open(stream))
    await Promise.all(feeds.map((feed) => take(feed, 2)))
    expect(streams.feeds.hubs).toBe(1)
    const [statements, loads] = [streams.log.statements, streams.counts.loads]
    for (const [index, type] of ['b', 'c', 'ended'].entries()) {
      const next = feeds.map((feed) => takeTold(feed, 1))
      await append({ database, name, types: [type], bus })
      expect(new Set((await Promise.all(next)).flat())).toEqual(new Set([`event ${index + 2}`]))
    }
    expect([streams.log.statements - statements, streams.counts.loads - loads]).toEqual([3, 3])
    expect(await Promise.all(feeds.map((feed) => feed.next()))).toEqual(feeds.map(() => END))
    expect(streams.feeds.hubs).toBe(0)
  })

  test('read all hubs with one statement when the bus tells of a gap', async () => {
    const names = Array.from({ length: 50 }, newName)
    const gaps = new Set<() => void>()
    const onGap = (listener: () => void) => {
      gaps.add(listener)
      return () => gaps.delete(listener)
    }
    const lossy: Bus = { ...delegate(bus), onGap }
    const others = createStreams({ database, bus: lossy })
    await others.feeds.start()
    await Promise.all(names.map((each) => append({ database, name: each, types: ['a'] })))
    const feeds = names.map((each) => others.open(namedStream(each)))
    await Promise.all(feeds.map((feed) => take(feed, 2)))
    const next = feeds.map((feed) => takeTold(feed, 1))
    for (const each of names) await append({ database, name: each, types: ['b'] })
    const statements = others.log.statements
    for (const gap of gaps) gap()
    expect(new Set((await Promise.all(next)).flat())).toEqual(new Set(['event 2']))
    expect(others.log.statements - statements).toBe(1)
    await others.feeds.stop()
    expect(await Promise.all(feeds.map((feed) => feed.next()))).toEqual(feeds.map(() => END))
  })

  test('find by themselves what no hint told, at once while the bus is away', async () => {
    const deaf: Bus = { ...delegate(bus), connected: false }
    const others = createStreams({ database, bus: deaf })
    await others.feeds.start()
    const feed = others.open(stream)
    expect(await takeTold(feed, 2)).toEqual(['snapshot 0', 'caughtUp 0'])
    await append({ database, name, types: ['a', 'ended'] })
    expect(await takeTold(feed, 9)).toEqual(['event 1', 'event 2'])
    await others.feeds.stop()
  })

  test('release everything when left, also while they wait or open', async () => {
    await append({ database, name, types: ['a'] })
    const waiting = streams.open(stream)
    await take(waiting, 2)
    const call = waiting.next()
    await waiting.return?.()
    expect([await call, streams.feeds.hubs]).toEqual([END, 0])
    const opening = streams.open(stream)
    const first = opening.next()
    await opening.return?.()
    expect([await first, streams.feeds.hubs]).toEqual([END, 0])
    await streams.open(stream).return?.()
    expect(streams.feeds.hubs).toBe(0)
  })

  test('cost a slow subscriber no memory while others read on', async () => {
    await append({ database, name, types: ['a'] })
    const [slow, fast] = [streams.open(stream), streams.open(stream)]
    await Promise.all([take(slow, 2), take(fast, 2)])
    for (let round = 0; round < 10; round += 1) {
      await append({ database, name, types: Array(200).fill('b'), bus })
      await take(fast, 200)
    }
    expect(await takeTold(slow, 2_000)).toEqual(Array.from({ length: 2_000 }, (_, index) => `event ${index + 2}`))
    await Promise.all([slow.return?.(), fast.return?.()])
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
