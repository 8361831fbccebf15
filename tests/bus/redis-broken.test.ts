import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { heldBytes } from '../setup/held-bytes.ts'
import { ownRedis, redisUrl } from '../setup/redis.ts'
import type { RedisServer } from '../setup/redis-server.ts'
import { createInbox } from './inbox.ts'
import { createBus, expectNothingUnhandled, nextGap, PREFIX } from './redis-world.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

expectNothingUnhandled()

const portOf = (url: string): number => Number(new URL(url).port)

describe('a bus behind a network that fails', () => {
  let proxy: TcpProxy
  let channel: string
  beforeEach(async () => {
    proxy = await startTcpProxy(portOf(redisUrl()))
    channel = `test:${randomUUID()}`
  })
  afterEach(() => proxy.close())
  const behindProxy = (params: Parameters<typeof createBus>[1] = {}) => createBus(`redis://127.0.0.1:${proxy.port}`, params)

  test('finds connections that swallow everything, and tells of each gap', async () => {
    const { bus, fact, facts } = behindProxy({ heartbeatMs: 30, silentMs: 1_000 })
    const { bus: other } = createBus(redisUrl())
    await Promise.all([bus.start(), other.start()])
    const inbox = createInbox()
    await bus.subscribe(channel, inbox.listener)
    for (const round of [1, 2, 3]) {
      const [lost, gap] = [fact('bus.lost'), nextGap(bus)]
      const givenUp = proxy.swallow()
      other.publish(channel, 'swallowed')
      await lost
      // One of the two may have been answered just before, and is found out a heartbeat later.
      await givenUp
      proxy.pass()
      await gap
      await expect.poll(() => bus.connected).toBe(true)
      other.publish(channel, round)
      expect((await inbox.arrived(round)).at(-1)).toBe(round)
    }
    expect(facts('bus.lost')).toEqual([1, 2, 3].map(() => ({ silent: true })))
    await Promise.all([bus.stop(), other.stop()])
  })

  test('survives 50 cuts in a row, in the middle of subscribing, publishing and leaving', async () => {
    const { bus, fact, facts } = behindProxy()
    await bus.start()
    const leaving: Promise<() => void>[] = []
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 20; index += 1) {
        leaving.push(bus.subscribe(`${channel}:${index}`, () => undefined))
        bus.publish(`${channel}:${index}`, round)
      }
      for (const leave of await Promise.all(leaving.splice(0, 15))) leave()
      const lost = fact('bus.lost')
      proxy.cut()
      await lost
      await expect.poll(() => bus.connected, { interval: 5 }).toBe(true)
    }
    for (const leave of await Promise.all(leaving)) leave()
    const inbox = createInbox()
    await bus.subscribe(channel, inbox.listener)
    bus.publish(channel, 'alive')
    expect(await inbox.arrived(1)).toEqual(['alive'])
    expect(facts('failure.contained')).toEqual([])
    const watching = new Redis(redisUrl())
    const names = Array.from({ length: 20 }, (_, index) => `${PREFIX}${channel}:${index}`)
    await expect.poll(async () => (await watching.pubsub('NUMSUB', ...names)).filter((_, index) => index % 2 === 1)).toEqual(names.map(() => 0))
    await Promise.all([bus.stop(), watching.quit()])
  })

  test('tells everybody of the gap when its own messages got lost on their way out', async () => {
    const { bus, fact } = behindProxy()
    const { bus: other } = createBus(redisUrl())
    await Promise.all([bus.start(), other.start()])
    await other.subscribe(channel, () => undefined)
    const [lost, gap] = [fact('bus.lost'), nextGap(other)]
    proxy.cut()
    await lost
    bus.publish(channel, 'into the void')
    await gap
    await Promise.all([bus.stop(), other.stop()])
  })

  test('stops although nothing is answered, with subscriptions and releases under way', async () => {
    const { bus } = behindProxy({ heartbeatMs: 10, silentMs: 600_000 })
    await bus.start()
    const leave = await bus.subscribe(channel, () => undefined)
    void proxy.swallow()
    const late = bus.subscribe(`${channel}:late`, () => undefined)
    leave()
    // It waits a second for an orderly end, and not for the minute after which silence would be noticed.
    await bus.stop()
    const leaveLate = await late
    leaveLate()
  })
})

describe('a bus that comes and goes', () => {
  let server: RedisServer
  afterEach(() => server.stop())

  test('leaves no subscription and no connection behind after 10,000 rounds, its own included', async () => {
    server = await ownRedis()
    const watching = new Redis(server.url)
    // Heartbeats too come and go, and must leave no listener behind.
    const { bus } = createBus(server.url, { heartbeatMs: 1 })
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    await bus.start()
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round += 1) {
        const leave = await bus.subscribe(`round:${round % 100}`, () => undefined)
        leave()
      }
    }
    await rounds(1_000)
    const before = heldBytes()
    await rounds(10_000)
    expect(heldBytes() - before).toBeLessThan(1_000_000)
    process.off('warning', note)
    const channels = async () => (await watching.pubsub('CHANNELS', `${PREFIX}round:*`)) as string[]
    await expect.poll(channels).toEqual([])
    const numbers = await watching.pubsub('NUMSUB', ...Array.from({ length: 100 }, (_, index) => `${PREFIX}round:${index}`))
    expect(numbers.filter((_, index) => index % 2 === 1)).toEqual(Array.from({ length: 100 }, () => 0))
    expect([bus.channels, warnings]).toEqual([0, []])
    await bus.stop()
    await expect
      .poll(async () => [
        await watching.pubsub('CHANNELS', '*'),
        String(await watching.call('CLIENT', 'LIST'))
          .trim()
          .split('\n').length,
      ])
      .toEqual([[], 1])
    await watching.quit()
  })

  test('waits for a Redis that still loads its data', async () => {
    server = await ownRedis({ loadDelayUs: 200 })
    const filling = new Redis(server.url)
    await filling.mset(...Array.from({ length: 5_000 }, (_, index) => [`key:${index}`, 'x'.repeat(50)]).flat())
    await filling.save()
    const { bus, fact } = createBus(server.url)
    await bus.start()
    const inbox = createInbox()
    await bus.subscribe('loading', inbox.listener)
    const [lost, gap] = [fact('bus.lost'), nextGap(bus)]
    filling.disconnect()
    await server.kill()
    await lost
    await server.restart()
    await gap
    await expect.poll(() => bus.connected).toBe(true)
    bus.publish('loading', 'loaded')
    expect(await inbox.arrived(1)).toEqual(['loaded'])
    await bus.stop()
  })
})
