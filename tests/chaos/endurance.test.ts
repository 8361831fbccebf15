import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { uuidOf } from '../../src/base/ids.ts'
import { parseConfig } from '../../src/config/config.ts'
import { statement } from '../../src/database/statement.ts'
import { asJson, ownerChannel } from '../../src/engine/channels.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { connect, type RawSocket } from '../server/raw-socket.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { heldBytes } from '../setup/held-bytes.ts'
import { redisUrl } from '../setup/redis.ts'

const MIB = 1_048_576
const rssMiB = (): number => Math.round(process.memoryUsage().rss / MIB)

let postgres: FreshPostgres
let app: App
let prefix: string
let redis: Redis
const failures: unknown[] = []

/** One whole instance on PostgreSQL and Redis, which lets a client do in seconds what takes days otherwise. */
async function startInstance(): Promise<void> {
  postgres = await freshPostgres({ poolSize: 2 })
  prefix = `${new URL(postgres.url).pathname.slice(1)}:`
  redis = new Redis(redisUrl())
  const telemetry = new Telemetry()
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') failures.push(fact)
  })
  app = await createApp({
    config: parseConfig({ DATABASE_URL: postgres.url, REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: prefix, PORT: '0' }),
    telemetry,
    // Whoever never reads answers no ping either: here they may stay, for what they cost is the question.
    limits: { maxSocketsPerUser: 10_000, maxMessagesPerSecond: 100_000, keepAliveMs: 600_000 },
  })
  await app.start()
}

afterEach(async () => {
  await app.stop()
  // NUMSUB is 0 for what CHANNELS does not list.
  expect(await redis.pubsub('CHANNELS', `${prefix}*`)).toEqual([])
  redis.disconnect()
  await postgres.drop()
  expect(failures.splice(0)).toEqual([])
})

const START = `mutation ($input: StartOperationInput!) { startOperation(input: $input) { ... on OperationPayload { operation { id } } } }`

/** An operation that waits for tomorrow: it can be watched, and does nothing by itself. */
async function startForTomorrow(): Promise<string> {
  const runAt = new Date(Date.now() + 86_400_000).toISOString()
  const input = { type: 'SANDBOX_EXERCISE', input: {}, runAt }
  const { startOperation } = await createApiClient({ url: app.url }).ask<{ startOperation: { operation: { id: string } } }, object>(START, { input })
  return startOperation.operation.id
}

/** What is held for subscribers: all of it is 0 when nobody is subscribed. */
const held = () => ({ ...app.engine.live, groups: app.server.groups, businessHubs: app.events.hubs, ...app.sales.inboxes.counts, ...app.server.open })
const NOTHING = { hubs: 0, watchers: 0, operations: 0, channels: 0, groups: 0, businessHubs: 0, users: 0, followers: 0, requests: 0, streams: 0, sockets: 0 }

const DOCUMENTS = {
  operationEvents: 'subscription ($id: ID!) { operationEvents(operationId: $id) { cursor } }',
  operation: 'subscription ($id: ID!) { operation(id: $id) { state } }',
  operations: 'subscription { operations { state } }',
  salesInbox: 'subscription { salesInbox { unseenCount } }',
  saleEvents: 'subscription { saleEvents { cursor } }',
}
const ROUNDS = 10_000
const SOCKETS = 20
const HALVES = ['first', 'second'] as const

/** Subscribes and completes: mostly once the first frame is there, now and then at once. */
async function rounds(socket: RawSocket, documents: readonly string[], ids: readonly string[]): Promise<void> {
  for (let round = 0; round < ROUNDS / HALVES.length / SOCKETS; round += 1) {
    const id = `r${round}`
    const query = documents[round % documents.length] as string
    socket.send({ id, type: 'subscribe', payload: { query, variables: query.includes('$id') ? { id: ids[round % ids.length] } : {} } })
    if (round % 4 !== 0) {
      let message = await socket.next()
      while (message.id !== id) message = await socket.next()
      if (message.type !== 'next') throw new Error(`${query} was answered with ${JSON.stringify(message)}`)
    }
    socket.send({ id, type: 'complete' })
  }
}

test('10,000 rounds of subscribing and leaving leave nothing in Redis, in the hubs and on the heap', { timeout: 240_000 }, async () => {
  await startInstance()
  const ids = await Promise.all(Array.from({ length: 10 }, startForTomorrow))
  const quiet = (await redis.pubsub('CHANNELS', `${prefix}*`)) as string[]
  const { fields } = (
    await createApiClient({ url: app.url }).ask<{ __type: { fields: { name: string }[] } }, object>('{ __type(name: "Subscription") { fields { name } } }')
  ).__type
  const documents = Object.entries(DOCUMENTS).flatMap(([name, document]) => (fields.some((field) => field.name === name) ? [document] : []))
  const rssBefore = rssMiB()
  const heldAfter: number[] = []
  for (const half of HALVES) {
    const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => connect(`${app.url}/graphql`)))
    // The first rounds also fill what is kept on purpose: plans, documents, connections.
    await Promise.all(sockets.map((socket) => rounds(socket, documents, ids)))
    for (const { socket } of sockets) socket.close()
    await expect.poll(held).toEqual(NOTHING)
    await expect.poll(async () => ((await redis.pubsub('CHANNELS', `${prefix}*`)) as string[]).toSorted()).toEqual(quiet.toSorted())
    heldAfter.push(heldBytes())
    const heldMiB = ((heldAfter.at(-1) ?? 0) / MIB).toFixed(1)
    console.log(`the ${half} half of ${ROUNDS} rounds (${documents.length} subscriptions): ${heldMiB} MiB held, RSS ${rssBefore} → ${rssMiB()} MiB`)
  }
  const [early = 0, late = 0] = heldAfter
  expect(late - early).toBeLessThan(4 * MIB)
})

const APPEND = statement(
  'test.endurance.append',
  `with o as (update operation set version = version + $2 where id = $1::uuid returning version)
   insert into event (stream, seq, type, data)
   select $1::uuid, o.version - $2 + n, 'milestone', jsonb_build_object('note', repeat('x', 100)) from o, generate_series(1, $2) n`,
)
const EVENTS = 100_000
const AT_ONCE = 250
const STALLED_SOCKETS = 50
const PER_SOCKET = 20
const FOLLOW = 'subscription ($id: ID!, $after: Cursor) { operationEvents(operationId: $id, after: $after) { cursor ... on OperationEvent { seq type data } } }'

/** Counts the events of a subscription, which must come in order, each once. */
function countEvents(socket: RawSocket, from: number) {
  const counter = {
    last: from,
    mistakes: 0,
    reaches: async (seq: number) => {
      await expect.poll(() => counter.last, { timeout: 60_000, interval: 2 }).toBeGreaterThanOrEqual(seq)
    },
  }
  socket.socket.removeAllListeners('message')
  socket.socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as {
      readonly payload?: { readonly data?: { readonly operationEvents: { readonly seq?: number } } }
    }
    const seq = message.payload?.data?.operationEvents.seq
    if (seq === undefined) return
    if (seq !== counter.last + 1) counter.mistakes += 1
    counter.last = seq
  })
  return counter
}

test('1,000 subscribers who never read cost the same after 20,000 events and after 100,000', { timeout: 240_000 }, async () => {
  await startInstance()
  const id = await startForTomorrow()
  const uuid = uuidOf('operation', id) as string
  const { ownerId } = (await app.engine.byId(uuid)) as { readonly ownerId: string }
  const subscribe = (name: string) => ({ id: name, type: 'subscribe', payload: { query: FOLLOW, variables: { id } } })
  const rssBefore = rssMiB()
  // A socket that is not read takes some megabytes of the kernel's memory, so they share sockets.
  const stalled = await Promise.all(Array.from({ length: STALLED_SOCKETS }, () => connect(`${app.url}/graphql`)))
  for (const socket of stalled) for (let index = 0; index < PER_SOCKET; index += 1) socket.send(subscribe(`s${index}`))
  const [late, quick] = [await connect(`${app.url}/graphql`), await connect(`${app.url}/graphql`)]
  for (const socket of [late, quick]) socket.send(subscribe('1'))
  await expect.poll(() => held().groups).toBe(1)
  for (const socket of [...stalled, late, quick]) while ((await socket.next()).id === undefined);
  for (const { socket } of [...stalled, late]) socket.pause()
  const counter = countEvents(quick, 1)
  const lateCounter = countEvents(late, 1)
  let heldEarly = 0
  for (let version = 1 + AT_ONCE; version <= EVENTS + 1; version += AT_ONCE) {
    await app.database.run(APPEND, [uuid, AT_ONCE])
    app.bus.publish(ownerChannel(ownerId), asJson({ changed: [[uuid, version, ownerId]] }))
    await counter.reaches(version)
    if (version === 1 + EVENTS / 5) heldEarly = heldBytes()
  }
  const heldLate = heldBytes()
  console.log(
    `${STALLED_SOCKETS * PER_SOCKET} stalled subscribers: ${(heldEarly / MIB).toFixed(1)} MiB held after ${EVENTS / 5} events, ${(heldLate / MIB).toFixed(1)} MiB after ${EVENTS}; RSS ${rssBefore} → ${rssMiB()} MiB`,
  )
  expect(counter).toMatchObject({ last: EVENTS + 1, mistakes: 0 })
  expect(heldLate - heldEarly).toBeLessThan(5 * MIB)
  // One of them reads again, and gets all that it missed.
  late.socket.resume()
  await lateCounter.reaches(EVENTS + 1)
  expect(lateCounter.mistakes).toBe(0)
  for (const { socket } of [...stalled, late, quick]) socket.terminate()
  await expect.poll(held).toEqual(NOTHING)
})
