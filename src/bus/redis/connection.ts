import { Redis } from 'ioredis'
import type { RedisAddress } from '../../base/redis-url.ts'
import { connectorOf, Route } from './connector.ts'
import { type BusConnectionError, explainFault } from './faults.ts'

const CONNECT_TIMEOUT_MS = 5_000
/** Where there is another node to go to. */
const HASTY_CONNECT_TIMEOUT_MS = 2_000
const LONGEST_RECONNECT_WAIT_MS = 1_000

export interface ConnectionParams {
  readonly address: RedisAddress
  readonly ca: string | undefined
  /** Index of the node to begin with. */
  readonly first: number
  readonly name: string
  readonly onFault: (fault: BusConnectionError) => void
}

/** A connection, and how to tell of what fails on it. */
export interface Connection {
  readonly redis: Redis
  readonly complain: (error: unknown) => void
}

/**
 * A connection to Redis that comes back for ever and holds nothing back: what can't be sent now is refused, and what was under
 * way when it broke is not sent again. ioredis' own re-subscription stays off, because the promises it makes are caught by nobody;
 * so does its Cluster class, whose subscriber makes the same promises: PUBLISH reaches every node of a cluster, so any node will do.
 */
export function createConnection(params: ConnectionParams): Connection {
  const { address } = params
  const route = new Route(params)
  const complain = (error: unknown) => params.onFault(explainFault(error, route.node, address))
  const redis = new Redis({
    Connector: connectorOf(route, complain),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.username === undefined ? {} : { username: address.username }),
    // Says which event means "connected"; the connector does the rest.
    ...(address.tls ? { tls: {} } : {}),
    connectionName: params.name,
    disableClientInfo: true,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: route.demandsCluster ? HASTY_CONNECT_TIMEOUT_MS : CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * attempt, LONGEST_RECONNECT_WAIT_MS) * (0.5 + Math.random() / 2),
  })
  redis.on('error', complain)
  return { redis, complain }
}

/** Quits once what was sent has been answered, or disconnects after `patience`. Never rejects. */
export async function closeConnection(redis: Redis, patience: Promise<void>): Promise<void> {
  const quit = redis.status === 'ready' ? redis.quit().then(nothing, nothing) : Promise.resolve()
  await Promise.race([quit, patience])
  redis.disconnect()
}

export const nothing = (): void => undefined
