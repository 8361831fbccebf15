import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownRedis } from '../setup/redis.ts'
import { type RedisCluster, startRedisCluster } from '../setup/redis-server.ts'
import { busConformance } from './bus-conformance.ts'
import { createInbox } from './inbox.ts'
import { createBus, expectNothingUnhandled, nextGap, openPair } from './redis-world.ts'

expectNothingUnhandled()

let cluster: RedisCluster
let watching: readonly Redis[]
beforeAll(async () => {
  cluster = await startRedisCluster()
  watching = cluster.nodes.map(({ url }) => new Redis(url, { retryStrategy: () => 20 }))
  for (const redis of watching) redis.on('error', () => undefined)
})
afterAll(async () => {
  for (const redis of watching) redis.disconnect()
  await cluster.stop()
})

busConformance('over a cluster, two instances at two nodes', () =>
  openPair({ url: cluster.nodes[0]?.url as string, otherUrl: cluster.nodes[1]?.url as string, watching }),
)

busConformance('over a cluster, all nodes named', () => openPair({ url: cluster.url, watching }))

/** Index of the node at which the only bus of a role is. */
async function whereIs(role: 'subscriber' | 'publisher'): Promise<number> {
  const lists = await Promise.all(watching.map(async (redis) => (redis.status === 'ready' ? redis.call('CLIENT', 'LIST') : '')))
  return lists.findIndex((list) => String(list).includes(`name=batuta:${role}`))
}

describe('a bus over a cluster', () => {
  const channel = `test:${randomUUID()}`

  test.each(['subscriber', 'publisher'] as const)('moves to another node when that of its %s dies, tells of the gap, and carries again', async (role) => {
    const { bus, fact } = createBus(cluster.url, { heartbeatMs: 50 })
    await bus.start()
    const inbox = createInbox()
    await bus.subscribe(channel, inbox.listener)
    expect(await whereIs('subscriber')).not.toBe(await whereIs('publisher'))
    const { bus: other } = createBus(cluster.url)
    const dying = await whereIs(role)
    const [lost, restored] = [fact('bus.lost'), fact('bus.restored')]
    // A lost publisher is a gap for everybody only if something was lost on its way out.
    const gap = role === 'subscriber' ? nextGap(bus) : Promise.resolve()
    await cluster.nodes[dying]?.kill()
    await Promise.all([lost, restored, gap])
    expect(bus.connected).toBe(true)
    await other.start()
    other.publish(channel, 'from another')
    expect(await inbox.arrived(1)).toEqual(['from another'])
    bus.publish(channel, 'own')
    expect(await inbox.arrived(2)).toEqual(['from another', 'own'])
    await Promise.all([bus.stop(), other.stop()])
    await cluster.nodes[dying]?.restart()
    await expect.poll(() => watching.every(({ status }) => status === 'ready')).toBe(true)
  })

  test('notices that a node which answers was cut off from the others, and leaves it', async () => {
    const { bus, fact } = createBus(cluster.url, { heartbeatMs: 30, silentMs: 300 })
    await bus.start()
    const cutOff = await whereIs('publisher')
    const lost = fact('bus.lost')
    await watching[cutOff]?.call('CLUSTER', 'RESET', 'HARD')
    await lost
    await expect.poll(async () => bus.connected && (await whereIs('publisher')) !== cutOff && (await whereIs('subscriber')) !== cutOff).toBe(true)
    await bus.stop()
  })

  test('says what is wrong with several servers that are no cluster', async () => {
    const [first, second] = await Promise.all([ownRedis(), ownRedis()])
    const hosts = [first, second].map(({ url }) => new URL(url).host)
    const { bus, facts } = createBus(`redis://${hosts.join(',')}`)
    await bus.start()
    expect(bus.connected).toBe(false)
    expect(facts('bus.connection.failed').map(({ error }) => String(error))).toEqual([expect.stringContaining('this one is not a node of a cluster')])
    await bus.stop()
    await Promise.all([first.stop(), second.stop()])
  })
})
