import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { levelOf } from '../../src/telemetry/log-listener.ts'
import { type Certificates, createCertificates } from '../setup/certificates.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { ownRedis } from '../setup/redis.ts'
import type { RedisServer } from '../setup/redis-server.ts'
import { busConformance } from './bus-conformance.ts'
import { createInbox } from './inbox.ts'
import { createBus, expectNothingUnhandled, nextGap, openPair, PREFIX } from './redis-world.ts'

const PASSWORD = PLANTED.redisPassword

expectNothingUnhandled()

let secured: RedisServer
let encrypted: RedisServer
let certificates: Certificates
beforeAll(async () => {
  certificates = createCertificates()
  ;[secured, encrypted] = await Promise.all([ownRedis({ password: PASSWORD }), ownRedis({ tls: certificates, password: PASSWORD })])
})
afterAll(async () => {
  await Promise.all([secured.stop(), encrypted.stop()])
  certificates.remove()
})

busConformance('over Redis with a password', () => openPair({ url: secured.url }))

busConformance('over Redis as a user with as few permissions as can be', async () => {
  const administrator = new Redis(secured.url)
  const rights = ['+subscribe', '+unsubscribe', '+publish', '+ping', '+info', '+client|setname', '+quit', '+pubsub']
  await administrator.call('ACL', 'SETUSER', 'bus', 'reset', 'on', '>secret', `&${PREFIX}*`, ...rights)
  await administrator.quit()
  return openPair({ url: `redis://bus:secret@${new URL(secured.url).host}` })
})

busConformance('over Redis with TLS', () => openPair({ url: encrypted.url, tlsCa: certificates.ca }))

/** What a bus says that can't connect: facts of 20 attempts at least, as text. */
async function complaints(url: string, tlsCa?: string) {
  const { bus, facts } = createBus(url, { tlsCa })
  await bus.start()
  const failed = facts('bus.connection.failed')
  expect(bus.connected).toBe(false)
  await bus.stop()
  return failed.map(({ error }) => (error instanceof Error ? `${error.message}${JSON.stringify(error)}${error.stack}` : 'no error'))
}

describe('a bus that Redis refuses', () => {
  test.each([
    ['a wrong password', () => secured.url.replace('redis://:', 'redis://:wrong-'), /Redis refuses the user or the password of REDIS_URL: .*WRONGPASS/],
    ['an unknown user', () => secured.url.replace('redis://:', 'redis://nobody:'), /Redis refuses the user or the password of REDIS_URL: .*WRONGPASS/],
    ['no password', () => `redis://${new URL(secured.url).host}`, /Redis demands a password, and REDIS_URL has none that it accepts: .*NOAUTH/],
    ['no TLS where Redis demands it', () => encrypted.url.replace('rediss:', 'redis:'), /127\.0\.0\.1:\d+/],
    ['a certificate of an authority that it does not know', () => encrypted.url, /the certificate of Redis at 127\.0\.0\.1:\d+ is not trusted: .*REDIS_TLS_CA/],
  ])('with %s says so once, and never says the password', async (_name, url, sentence) => {
    const said = await complaints(url())
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(sentence)
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'wrong-']) expect(said[0]).not.toContain(secret)
    expect(levelOf('bus.connection.failed')).toBe('warn')
  })

  test('because of a certificate for another host says so, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const others = createCertificates('DNS:redis.example')
    const server = await ownRedis({ tls: others })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const said = await complaints(server.url, others.ca)
    vi.unstubAllEnvs()
    expect(said).toEqual([expect.stringMatching(/is not trusted: .*altnames/)])
    await server.stop()
    others.remove()
  })
})

describe('a bus whose user may not do everything', () => {
  let server: RedisServer
  let administrator: Redis
  beforeEach(async () => {
    server = await ownRedis()
    administrator = new Redis(server.url)
  })
  afterEach(async () => {
    await administrator.quit()
    await server.stop()
  })
  const permit = (...rules: string[]) => administrator.call('ACL', 'SETUSER', 'narrow', 'on', '>secret', '+@all', ...rules)
  const narrow = () => server.url.replace('redis://', 'redis://narrow:secret@')
  const channel = `test:${randomUUID()}`

  test('carries the channels that are permitted, says that it is degraded, and is whole once the others are permitted too', async () => {
    await permit('resetchannels', `&${PREFIX}allowed*`)
    const { bus, facts } = createBus(narrow(), { heartbeatMs: 30 })
    await bus.start()
    const [inbox, late] = [createInbox(), createInbox()]
    const gap = nextGap(bus)
    await bus.subscribe(channel, late.listener)
    await bus.subscribe('allowed', inbox.listener)
    bus.publish('allowed', 'fine')
    expect(await inbox.arrived(1)).toEqual(['fine'])
    expect(bus.connected).toBe(false)
    expect(facts('bus.connection.failed').map(({ error }) => String(error))).toEqual([expect.stringContaining('may not do what the bus needs')])
    await permit('allchannels')
    await gap
    await expect.poll(() => bus.connected).toBe(true)
    bus.publish(channel, 'late')
    expect(await late.arrived(1)).toEqual(['late'])
    await bus.stop()
  })

  test('subscribes to all others again when Redis refuses one of hundreds after a reconnect', async () => {
    await permit('allchannels')
    const { bus, fact } = createBus(narrow())
    await bus.start()
    const inbox = createInbox()
    const names = Array.from({ length: 700 }, (_, index) => `allowed:${index}`)
    await Promise.all([...names, channel].map((name) => bus.subscribe(name, inbox.listener)))
    const [gap, lost] = [nextGap(bus), fact('bus.lost')]
    // Redis also cuts the connections of those who listen to what is forbidden now.
    await permit('resetchannels', `&${PREFIX}allowed:*`, `&${PREFIX}bus:*`)
    await Promise.all([gap, lost])
    const numbers = (await administrator.pubsub('NUMSUB', ...names.map((name) => PREFIX + name))).filter((_, index) => index % 2 === 1)
    expect(numbers.every((number) => Number(number) === 1)).toBe(true)
    expect(bus.connected).toBe(false)
    await bus.stop()
  })

  test('says that messages are refused, and tells everybody of the gap once they are taken', async () => {
    await permit('allchannels')
    const [{ bus, fact, facts }, { bus: other }] = [createBus(narrow(), { heartbeatMs: 30 }), createBus(server.url)]
    await Promise.all([bus.start(), other.start()])
    const inbox = createInbox()
    await other.subscribe(channel, inbox.listener)
    await permit('-publish')
    const failed = fact('bus.connection.failed')
    bus.publish(channel, 'refused')
    await failed
    await expect.poll(() => bus.connected).toBe(false)
    const gap = nextGap(other)
    await permit('+publish')
    bus.publish(channel, 'taken')
    expect(await inbox.arrived(1)).toEqual(['taken'])
    await gap
    await expect.poll(() => bus.connected).toBe(true)
    expect(facts('bus.lost')).toHaveLength(1)
    await bus.stop()
    await other.stop()
  })
})
