import { serveCalls, tellParent } from './fan-out-calls.ts'
import { type ClientCalls, type Counted, usageOfProcess } from './fan-out-messages.ts'
import { Subscriber, type Tally } from './fan-out-subscriber.ts'

/** The clients of all contestants, in one process. */
const CONNECT_AT_ONCE = 20

let subscriptions = 0
let ackEvery = 0
let acked = 0
let tellAt = 0
/** How many subscriptions have the event of a number. */
const having = new Map<number, number>()

const tally: Tally = {
  delivered: 0,
  bytes: 0,
  missed: 0,
  repeated: 0,
  closedSockets: 0,
  checked: 0,
  latenciesMs: [],
  heard: 0,
  lossless: true,
  timed: false,
  onNumber: (number) => {
    if (ackEvery === 0) return
    const count = (having.get(number) ?? 0) + 1
    if (count < subscriptions) return void having.set(number, count)
    having.delete(number)
    acked = Math.max(acked, number)
    if (acked < tellAt) return
    tellAt = acked + ackEvery
    tellParent('acked', { number: acked })
  },
}

function count(): Counted {
  const counted = { ...tally, acked, latenciesMs: tally.latenciesMs.toSorted((left, right) => left - right), usage: usageOfProcess() }
  Object.assign(tally, { delivered: 0, bytes: 0, missed: 0, repeated: 0, checked: 0, latenciesMs: [] })
  return counted
}

serveCalls<ClientCalls>({
  connect: async ({ url, query, sockets, lossless, timed }) => {
    Object.assign(tally, { lossless, timed, heard: 0 })
    subscriptions += sockets.reduce((sum, { topics }) => sum + topics.length, 0)
    const waiting = sockets.values()
    const open = async (): Promise<void> => {
      for (const plan of waiting) await Subscriber.open({ url: new URL(url), query, plan, tally })
    }
    await Promise.all(Array.from({ length: CONNECT_AT_ONCE }, open))
  },
  heard: () => tally.heard,
  follow: (params) => {
    ackEvery = params.ackEvery
  },
  count,
})
tellParent('listening', {})
