import type { Redis } from 'ioredis'
import type { Clock } from '../../base/clock.ts'
import { Loop, type Service } from '../../base/service.ts'

export interface HeartbeatParams {
  readonly clock: Clock
  readonly connections: readonly Redis[]
  readonly everyMs: number
  /** A connection that does not answer for so long is broken off, and made again. */
  readonly silentMs: number
  /** While every connection answers: whether messages arrive, too. */
  readonly carries: (withinMs: number) => Promise<boolean>
  readonly onSilent: () => void
  readonly onError: (error: unknown) => void
}

/** Finds half-open sockets: TCP alone may take a quarter of an hour to notice that the peer is gone. */
export function createHeartbeat(params: HeartbeatParams): Service {
  return new Loop({
    clock: params.clock,
    onError: params.onError,
    poll: async () => {
      const answered = await Promise.all(params.connections.map((redis) => answers(redis, params)))
      const silent = params.connections.filter((_, index) => !answered[index])
      if (silent.length > 0) breakOff(silent, params)
      else if (!(await params.carries(params.silentMs))) breakOff(params.connections, params)
      return params.everyMs
    },
  })
}

function breakOff(silent: readonly Redis[], params: HeartbeatParams): void {
  params.onSilent()
  for (const redis of silent) redis.disconnect(true)
}

/** False after `silentMs` without an answer. A connection that is being made, or closes meanwhile, is not this check's business. */
function answers(redis: Redis, params: HeartbeatParams): Promise<boolean> {
  // `connect`: the socket is open, but the server has not answered the greeting yet.
  if (redis.status !== 'ready' && redis.status !== 'connect') return Promise.resolve(true)
  return new Promise((resolve) => {
    const settle = (answered: boolean) => {
      cancel()
      redis.off('close', closed)
      redis.off('ready', closed)
      resolve(answered)
    }
    const closed = () => settle(true)
    // A turn later: after a pause of this process the answer lies in the socket, and the timer comes first.
    const cancel = params.clock.after(params.silentMs, () => setImmediate(settle, false))
    redis.once('close', closed)
    if (redis.status === 'ready') redis.ping().then(closed, closed)
    else redis.once('ready', closed)
  })
}
