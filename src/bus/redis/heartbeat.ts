import type { Redis } from 'ioredis'
import type { Clock } from '../../base/clock.ts'
import { Loop, type Service } from '../../base/service.ts'

export interface HeartbeatParams {
  readonly clock: Clock
  readonly connections: readonly Redis[]
  readonly everyMs: number
  /** A connection that does not answer for so long is broken off, and made again. */
  readonly silentMs: number
  readonly onSilent: () => void
  readonly onError: (error: unknown) => void
}

/** Finds half-open sockets: TCP alone may take a quarter of an hour to notice that the peer is gone. */
export function createHeartbeat(params: HeartbeatParams): Service {
  return new Loop({
    clock: params.clock,
    onError: params.onError,
    poll: async () => {
      await Promise.all(params.connections.map((redis) => check(redis, params)))
      return params.everyMs
    },
  })
}

async function check(redis: Redis, params: HeartbeatParams): Promise<void> {
  // `connect`: the socket is open, but the server has not answered the greeting yet.
  if (redis.status !== 'ready' && redis.status !== 'connect') return
  if (await answers(redis, params)) return
  params.onSilent()
  redis.disconnect(true)
}

/** False after `silentMs` without an answer. A connection that closes meanwhile is no longer this check's business. */
function answers(redis: Redis, params: HeartbeatParams): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answered: boolean) => {
      cancel()
      redis.off('close', closed)
      redis.off('ready', closed)
      resolve(answered)
    }
    const closed = () => settle(true)
    const cancel = params.clock.after(params.silentMs, () => settle(false))
    redis.once('close', closed)
    if (redis.status === 'ready') redis.ping().then(closed, closed)
    else redis.once('ready', closed)
  })
}
