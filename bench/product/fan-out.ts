import { fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { signToken } from '../../src/testing/tokens.ts'
import { answer, readParams } from './driver.ts'
import { type Callee, callChild } from './fan-out-calls.ts'
import { delaysOf, memoryOf, ratesOf, type Sample } from './fan-out-figures.ts'
import type { ClientCalls, ServerCalls, SocketPlan, Source, Usage } from './fan-out-messages.ts'
import { ownerOf } from './fan-out-types.ts'

/** Delivers events of one server to many WebSocket clients: the server in a process of its own, all clients in another. */
interface FanOutParams {
  readonly server: 'batuta' | 'yoga' | 'ws'
  readonly measure: 'saturation' | 'latency' | 'memory'
  readonly sockets: number
  /** Every socket watches a topic of its own; else all watch the same. */
  readonly own?: boolean
  readonly source?: Source
  readonly warmUpMs?: number
  readonly measureMs?: number
  /** Events that each client receives per second, where latency is measured. */
  readonly eventsPerSecond?: number
  /** Database and Redis of the contestant. */
  readonly url?: string
  readonly redisUrl?: string
  /** For profiles: options of the server's Node. */
  readonly serverFlags?: readonly string[]
}

const params = readParams<FanOutParams>()
const { source = 'bulk', own = false, sockets, warmUpMs = 2_000, measureMs = 4_000, eventsPerSecond = 10 } = params
const SECRET = 'the secret of the benchmark, which is no secret'
const ENTRIES = { batuta: 'fan-out-server.ts', yoga: '../peers/fan-out-yoga.mjs', ws: '../peers/fan-out-ws.mjs' }
/** Messages under way to all clients together. */
const UNDER_WAY = 16_000
/** Events of a topic under way. */
const window = Math.max(4, Math.round(UNDER_WAY / sockets))
/** Progress of one operation is shown every 100 ms at most, so two operations give ten figures a second. */
const SHARED_PACED_TOPICS = 2

const EVENTS = `subscription ($id: ID!) { operationEvents(operationId: $id) { __typename cursor
  ... on OperationEvent { seq type occurredAt data operation { id state version progress { revision percentage done total } } } } }`
const LATEST = `subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) {
  __typename id state version cursor updatedAt progress { revision percentage done total message } } }`

const start = <Served>(file: string, flags: readonly string[], env: NodeJS.ProcessEnv): Callee<Served> =>
  callChild(fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: [...flags], env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }), file)

const serverFlags = [...(params.measure === 'memory' ? ['--expose-gc'] : []), ...(params.serverFlags ?? [])]
const server = start<ServerCalls>(ENTRIES[params.server], serverFlags, {
  NODE_ENV: 'production',
  PORT: '0',
  LOG_LEVEL: 'warn',
  AUTH_JWT_SECRET: SECRET,
  WORKER_SLOTS: '1000',
  ...(params.url !== undefined && { DATABASE_URL: params.url }),
  ...(params.redisUrl !== undefined && { REDIS_URL: params.redisUrl }),
})
const clients = start<ClientCalls>('fan-out-clients.ts', [], {})
const [{ url }] = await Promise.all([server.noted<{ readonly url: string }>('listening'), clients.noted('listening')])

const topics = await server.calls.open({ source, topics: own ? sockets : params.measure === 'latency' ? SHARED_PACED_TOPICS : 1 })

/** The owner of a topic watches it; what all watch is watched by administrators. Each socket has a user of its own. */
async function planSocket(number: number): Promise<SocketPlan> {
  const watched = own ? [topics[number] as string] : topics
  if (params.server !== 'batuta') return { topics: watched }
  return { topics: watched, token: await signToken({ secret: SECRET, subject: own ? ownerOf(number) : `admin-${number}`, roles: [own ? 'USER' : 'ADMIN'] }) }
}

let connected = 0

/** Opens so many more sockets; resolves when each of their subscriptions has received an event. */
async function connect(count: number): Promise<void> {
  const plans = await Promise.all(Array.from({ length: count }, (_, index) => planSocket(connected + index)))
  connected += count
  const subscriptions = plans.reduce((sum, plan) => sum + plan.topics.length, 0)
  await clients.calls.connect({
    url,
    sockets: plans,
    query: source === 'progress' ? LATEST : EVENTS,
    lossless: source !== 'progress',
    timed: params.measure === 'latency',
  })
  for (let tries = 0; (await clients.calls.heard()) < subscriptions; tries += 1) {
    if (tries > 100) throw new Error(`only ${await clients.calls.heard()} of ${subscriptions} subscriptions hear anything`)
    await server.calls.once()
    await sleep(150)
  }
}

const sample = async (): Promise<Sample> => {
  const [usage, counted] = await Promise.all([server.calls.usage({ collectGarbage: false }), clients.calls.count()])
  return { server: usage, clients: counted }
}

/** What is under way when the last event was published arrives within this time, or is lost. */
const LAST_WITHIN_MS = 8_000

async function saturation() {
  await connect(sockets)
  server.calls.saturate({ window }).catch(() => undefined)
  const before = await sleep(warmUpMs).then(sample)
  const after = await sleep(measureMs).then(sample)
  const { last } = await server.calls.halt()
  let rest = await clients.calls.count()
  let wrong = rest.missed + rest.repeated
  for (const until = performance.now() + LAST_WITHIN_MS; rest.acked < last && performance.now() < until; wrong += rest.missed + rest.repeated) {
    await sleep(50)
    rest = await clients.calls.count()
  }
  const { lost, ...rates } = ratesOf(before, after)
  return { ...rates, lost: lost + wrong + (last - rest.acked) * sockets }
}

async function latency() {
  await connect(sockets)
  const everyMs = (own ? 1 : topics.length) * (1_000 / eventsPerSecond)
  server.calls.pace({ everyMs }).catch(() => undefined)
  const before = await sleep(warmUpMs).then(sample)
  const after = await sleep(measureMs).then(sample)
  const { lateMs } = await server.calls.halt()
  const calls = Math.round((measureMs * topics.length) / everyMs)
  return { ...delaysOf(after.clients.latenciesMs, lateMs.slice(-calls)), ...ratesOf(before, after) }
}

/** A server that can't keep up takes for ever; a profile is written at the end. */
const GIVE_UP_MS = 60_000
const END_MS = 10_000
const SETTLE_MS = 700
async function settled(): Promise<Usage> {
  let usage = await server.calls.usage({ collectGarbage: true })
  for (let round = 0; round < 3; round += 1) {
    await sleep(SETTLE_MS)
    usage = await server.calls.usage({ collectGarbage: true })
  }
  return usage
}

/** Subscribers before the first look: code is compiled, tables have grown, and memory that the start has left is used up. */
const EARLIER_SOCKETS = 500

async function memory() {
  await connect(EARLIER_SOCKETS)
  const before = await settled()
  await connect(sockets)
  return memoryOf(before, await settled(), sockets)
}

await clients.calls.follow({ ackEvery: params.measure === 'saturation' ? window / 4 : 0 })
clients.onNote<{ readonly number: number }>('acked', (acked) => void server.calls.acked(acked).catch(() => undefined))
const result = await Promise.race([{ saturation, latency, memory }[params.measure](), sleep(GIVE_UP_MS, undefined, { ref: false })])
await Promise.all([server.end(result ? END_MS : 0), clients.end(result ? END_MS : 0)])
if (!result) throw new Error('it took too long')
answer(result)
