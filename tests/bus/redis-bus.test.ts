import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { createRedisBus } from '../../src/bus/redis/redis-bus.ts'
import { type FactName, Telemetry } from '../../src/telemetry/facts.ts'
import { ownRedis, redisUrl } from '../setup/redis.ts'
import type { RedisServer } from '../setup/redis-server.ts'
import { busConformance } from './bus-conformance.ts'
import { createInbox } from './inbox.ts'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** A bus that notes its facts and lets the test wait for one. */
function createBus(url: string, times: { readonly heartbeatMs?: number; readonly silentMs?: number } = {}) {
  const telemetry = new Telemetry()
  const waiting: { readonly name: FactName; readonly resolve: () => void }[] = []
  telemetry.listen((name) => {
    for (const entry of waiting) if (entry.name === name) entry.resolve()
  })
  const fact = (name: FactName) => new Promise<void>((resolve) => waiting.push({ name, resolve }))
  return { bus: createRedisBus({ url, keyPrefix: 'batuta-test:', telemetry, clock: systemClock, ...times }), fact }
}

busConformance('over Redis', async () => {
  const [bus, other] = [createBus(redisUrl()).bus, createBus(redisUrl()).bus]
  const watching = new Redis(redisUrl())
  await Promise.all([bus.start(), other.start()])
  return {
    bus,
    other,
    subscriptions: async (channel) => Number((await watching.pubsub('NUMSUB', `batuta-test:${channel}`))[1]) + bus.channels,
    close: async () => {
      await Promise.all([bus.stop(), other.stop(), watching.quit()])
    },
  }
})

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
    const gap = new Promise<void>((resolve) => bus.onGap(resolve))
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
    const gap = new Promise<void>((resolve) => bus.onGap(resolve))
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
    const [lost, gap] = [fact('bus.lost'), new Promise<void>((resolve) => bus.onGap(resolve))]
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
    await stranger.publish(`batuta-test:${channel}`, '{"half":')
    await refused
    bus.publish(channel, 'whole')
    expect(await inbox.arrived(1)).toEqual(['whole'])
    await Promise.all([stranger.quit(), bus.stop()])
  })

  test('survives a refused SUBSCRIBE', async () => {
    const administrator = new Redis(server.url)
    await administrator.call('ACL', 'SETUSER', 'narrow', 'on', '>secret', '+@all', 'resetchannels', '&batuta-test:allowed*')
    const { bus, fact } = createBus(server.url.replace('redis://', 'redis://narrow:secret@'))
    await bus.start()
    const failed = fact('bus.connection.failed')
    const leave = await bus.subscribe(channel, () => undefined)
    await failed
    const inbox = createInbox()
    await bus.subscribe('allowed', inbox.listener)
    bus.publish('allowed', 'fine')
    expect(await inbox.arrived(1)).toEqual(['fine'])
    leave()
    await Promise.all([administrator.quit(), bus.stop()])
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
