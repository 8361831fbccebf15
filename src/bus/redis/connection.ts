import { Redis } from 'ioredis'

const CONNECT_TIMEOUT_MS = 5_000
/** How long an orderly close may take until the socket is destroyed. */
const DISCONNECT_TIMEOUT_MS = 500
const LONGEST_RECONNECT_WAIT_MS = 1_000

export interface ConnectionParams {
  readonly url: string
  readonly name: string
  readonly onError: (error: unknown) => void
}

/**
 * A connection to Redis that comes back for ever and holds nothing back: what can't be sent now is refused, and what was under
 * way when it broke is not sent again. ioredis' own re-subscription stays off, because the promises it makes are caught by nobody.
 */
export function createConnection(params: ConnectionParams): Redis {
  const redis = new Redis(params.url, {
    connectionName: params.name,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * attempt, LONGEST_RECONNECT_WAIT_MS) * (0.5 + Math.random() / 2),
  })
  redis.on('error', params.onError)
  return redis
}

/** Quits once what was sent has been answered, or disconnects after `patience`. Never rejects. */
export async function closeConnection(redis: Redis, patience: Promise<void>): Promise<void> {
  const quit = redis.status === 'ready' ? redis.quit().then(nothing, nothing) : Promise.resolve()
  await Promise.race([quit, patience])
  redis.disconnect()
}

export const nothing = (): void => undefined
