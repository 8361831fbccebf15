import { randomUUID } from 'node:crypto'
import { serveCalls, tellParent } from './fan-out-calls.ts'
import { sharedClockUs } from './fan-out-messages.ts'
import { RawSocket } from './fan-out-socket.ts'

/** Asked of the viewers of the status benchmark, all in one process. */
export interface StatusClientsCalls {
  /** One socket and one subscription for each token; resolves when each has its first status. */
  connect(params: { readonly url: string; readonly tokens: readonly string[] }): Promise<void>
  /** Resolves when the last viewer has been told of blocked (or not): when that was (shared clock, microseconds). */
  told(params: { readonly isBlocked: boolean }): Promise<number>
}

const CONNECT_AT_ONCE = 50
const BLOCKED = Buffer.from('"BLOCKED"')
const NEXT = Buffer.from('"type":"next"')

let viewers = 0
/** Viewers who were last told that it is blocked, and that it is not. */
const counts = { blocked: 0, free: 0 }
let lastAtUs = 0
let waiting: { readonly isBlocked: boolean; readonly resolve: (atUs: number) => void } | undefined

function look(): void {
  if (!waiting || (waiting.isBlocked ? counts.blocked : counts.free) < viewers) return
  waiting.resolve(lastAtUs)
  waiting = undefined
}

async function open(url: URL, token: string): Promise<void> {
  let isBlocked: boolean | undefined
  let onAck: () => void = () => undefined
  let onFirst: () => void = () => undefined
  const [acknowledged, first] = [new Promise<void>((resolve) => (onAck = resolve)), new Promise<void>((resolve) => (onFirst = resolve))]
  const socket = await RawSocket.open({
    url,
    onMessage: (bytes, start, end) => {
      const message = bytes.subarray(start, end)
      if (!message.includes(NEXT)) return message.includes('connection_ack') ? onAck() : undefined
      if (isBlocked !== undefined) counts[isBlocked ? 'blocked' : 'free'] -= 1
      else onFirst()
      isBlocked = message.includes(BLOCKED)
      counts[isBlocked ? 'blocked' : 'free'] += 1
      lastAtUs = sharedClockUs()
      look()
    },
    onClose: (reason) => {
      throw new Error(`a socket was closed: ${reason}`)
    },
  })
  socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }))
  await acknowledged
  const query = 'subscription { systemStatus { level message features { feature mode reason until } causes { title level until operation { id } } } }'
  socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query } }))
  await first
}

serveCalls<StatusClientsCalls>({
  connect: async ({ url, tokens }) => {
    viewers += tokens.length
    const left = tokens.values()
    const openSome = async (): Promise<void> => {
      for (const token of left) await open(new URL(url), token)
    }
    await Promise.all(Array.from({ length: CONNECT_AT_ONCE }, openSome))
  },
  told: ({ isBlocked }) =>
    new Promise((resolve) => {
      waiting = { isBlocked, resolve }
      look()
    }),
})
tellParent('listening', {})
