import type { Case, Contestant } from './cases.ts'

/** Fan-out over WebSockets: each contestant is a server in a process of its own; all are asked by the same clients in another. */
const RATES = [
  { key: 'perSecond', label: 'messages/s', digits: 0 },
  { key: 'serverUs', label: 'server CPU, µs each', digits: 1 },
  { key: 'clientUs', label: 'clients’ CPU, µs each', digits: 1 },
  { key: 'serverBusy', label: 'server CPU, %', digits: 0 },
  { key: 'lost', label: 'lost or repeated', digits: 0 },
]
const DELAYS = [
  { key: 'p99Ms', label: 'p99', digits: 1 },
  { key: 'medianMs', label: 'median', digits: 1 },
  { key: 'mostMs', label: 'longest', digits: 1 },
  { key: 'callLateP99Ms', label: 'calls late, p99', digits: 1 },
  { key: 'perSecond', label: 'messages/s', digits: 0 },
  { key: 'serverUs', label: 'server CPU, µs each', digits: 1 },
  { key: 'lost', label: 'lost or repeated', digits: 0 },
]
const MEMORY = [
  { key: 'rssKiB', label: 'resident', digits: 1 },
  { key: 'heldKiB', label: 'heap and buffers', digits: 1 },
]

const DRIVER = 'product/fan-out.ts'
const batuta = (params: object, name = 'Batuta, operationEvents (lossless)'): Contestant => ({
  name,
  driver: DRIVER,
  params: { server: 'batuta', ...params },
  redis: true,
})
const latest = (params: object): Contestant => batuta({ ...params, source: 'progress' }, 'Batuta, operation (latest only)')
const yoga = (params: object): Contestant => ({
  name: 'yoga, graphql-ws, graphql-redis-subscriptions',
  driver: DRIVER,
  params: { server: 'yoga', ...params },
  redis: true,
  embedded: true,
})
const plain = (params: object): Contestant => ({ name: 'plain ws broadcast', driver: DRIVER, params: { server: 'ws', ...params }, embedded: true })

const shown = (count: number): string => count.toLocaleString('en-US')

function saturation(sockets: number, own: boolean, times: object = {}): Case {
  const params = { measure: 'saturation', sockets, own, ...times }
  return {
    name: 'fan-out',
    title: `Deliver as much as can be, ${own ? `${shown(sockets)} sockets with a topic each` : `one topic to ${shown(sockets)} sockets`}`,
    unit: 'WebSocket messages',
    figures: RATES,
    repeats: 3,
    contestants: [batuta(params), yoga(params), plain(params)],
  }
}

function latency(own: boolean): Case {
  // Progress of one operation is shown every 100 ms at most; calls come less often, so that none waits for that.
  const eventsPerSecond = own ? 5 : 10
  const params = { measure: 'latency', sockets: 1_000, own, eventsPerSecond }
  return {
    name: 'fan-out',
    title: `From the worker’s call to the client, 1,000 sockets, ${eventsPerSecond} messages a second each, ${own ? 'a topic each' : 'all on the same two topics'}`,
    unit: 'ms',
    figures: DELAYS,
    repeats: 3,
    // A thousand workers that each settle ten items a second would measure the database.
    contestants: [...(own ? [] : [batuta({ ...params, source: 'items' })]), latest(params), yoga(params), plain(params)],
  }
}

function memory(): Case {
  const params = { measure: 'memory', sockets: 2_000 }
  return {
    name: 'fan-out',
    title: 'Memory of an idle subscriber, 2,000 sockets with one subscription each',
    unit: 'KiB each',
    figures: MEMORY,
    repeats: 3,
    contestants: [batuta(params), latest(params), yoga(params), plain(params)],
  }
}

export const FAN_OUT_CASES: readonly Case[] = [
  saturation(200, false),
  saturation(1_000, false),
  saturation(2_000, false),
  saturation(200, true),
  saturation(1_000, true),
  latency(false),
  latency(true),
  memory(),
]

const QUICK = { warmUpMs: 700, measureMs: 2_000 }

/** For a look in between; each figure is one short run. */
export const QUICK_CASES: readonly Case[] = [200, 1_000].map((sockets) => ({ ...saturation(sockets, false, QUICK), repeats: 1 }))
