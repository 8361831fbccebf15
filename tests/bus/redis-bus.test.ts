import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownRedis, redisUrl } from '../setup/redis.ts'
import type { RedisServer } from '../setup/redis-server.ts'
import { busConformance } from './bus-conformance.ts'
import { createInbox } from './inbox.ts'
import { createBus, expectNothingUnhandled, nextGap, openPair, PREFIX } from './redis-world.ts'

expectNothingUnhandled()

busConformance('over Redis', () => openPair({ url: redisUrl() }))

describe('a bus over a Redis that fails', () => {
  let server: RedisServer
  let channel: string
  beforeEach(async () => {
    server = await ownRedis()
    channel = `test:${randomUUID()}`
  })
  afterEach(() => server.stop())

  test('carries messages again after a kill -9, and tells of the gap once its channels are subscribed', async () => {
    const [{ bus, fact }, { bus: other, fact: otherFact }] = [createBus(server.url), createBus(server.url)]
    await Promise.all([bus.start(), other.start()])
    const inbox = createInbox()
    await bus.subscribe(channel, inbox.listener)
    const gap = nextGap(bus)
    const lost = fact('bus.lost')
    const otherBack = otherFact('bus.restored')
    await server.kill()
    await lost
    expect(bus.connected).toBe(false)
    for (let index = 0; index < 1_000; index += 1) other.publish(channel, 'into the void')
    await server.restart()
    await Promise.all([gap, otherBack])
    expect(inbox.messages).toEqual([])
    // The publisher's own connection may be a moment behind its subscriber's.
    await expect.poll(() => bus.connected && other.connected).toBe(true)
    other.publish(channel, 'back')
    expect(await inbox.arrived(1)).toEqual(['back'])
    await Promise.all([bus.stop(), other.stop()])
  })

  test('starts, subscribes and publishes while Redis is away, and makes the subscription when it is there', async () => {
    await server.kill()
    const { bus } = createBus(server.url)
    await bus.start()
    expect(bus.connected).toBe(false)
    const inbox = createInbox()
    const gap = nextGap(bus)
    const kept = await bus.subscribe(channel, inbox.listener)
    const dropped = await bus.subscribe(`${channel}:left`, inbox.listener)
    dropped()
    bus.publish(channel, 'lost')
    await server.restart()
    await gap
    await expect.poll(() => bus.connected).toBe(true)
    bus.publish(`${channel}:left`, 'nobody')
    bus.publish(channel, 'there')
    expect(await inbox.arrived(1)).toEqual(['there'])
    kept()
    await bus.stop()
  })

  test('finds a connection that is open but silent, and comes back', async () => {
    const { bus, fact } = createBus(server.url, { heartbeatMs: 50, silentMs: 200 })
    await bus.start()
    const inbox = createInbox()
    await bus.subscribe(channel, inbox.listener)
    const [lost, gap] = [fact('bus.lost'), nextGap(bus)]
    server.pause()
    await lost
    await expect.poll(() => bus.connected).toBe(false)
    // Neither hangs, though the server answers nothing.
    const late = createInbox()
    await bus.subscribe(`${channel}:late`, late.listener)
    bus.publish(channel, 'dropped')
    server.resume()
    await gap
    await expect.poll(() => bus.connected).toBe(true)
    bus.publish(`${channel}:late`, 'late')
    bus.publish(channel, 'alive')
    expect(await inbox.arrived(1)).toContain('alive')
    expect(await late.arrived(1)).toEqual(['late'])
    await bus.stop()
  })

  test('drops a message that is not JSON, and goes on', async () => {
    const { bus, fact } = createBus(server.url)
    await bus.start()
    const stranger = new Redis(server.url)
    const inbox = createInbox()
    await bus.subscribe(channel, inbox.listener)
    const refused = fact('bus.message.refused')
    await stranger.publish(PREFIX + channel, '{"half":')
    await refused
    bus.publish(channel, 'whole')
    expect(await inbox.arrived(1)).toEqual(['whole'])
    await Promise.all([stranger.quit(), bus.stop()])
  })

  test('takes releases, subscriptions and publishes after it was stopped', async () => {
    const { bus } = createBus(server.url)
    await bus.start()
    const leave = await bus.subscribe(channel, () => undefined)
    await bus.stop()
    leave()
    bus.publish(channel, 'late')
    const leaveLate = await bus.subscribe(channel, () => undefined)
    leaveLate()
  })

  test('stops while Redis is away, and before it was started', async () => {
    const { bus } = createBus(server.url)
    await bus.stop()
    const { bus: running } = createBus(server.url)
    await running.start()
    const leave = await running.subscribe(channel, () => undefined)
    await server.kill()
    await running.stop()
    leave()
  })
})
