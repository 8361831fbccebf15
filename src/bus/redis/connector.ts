import { connect as connectTcp } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'
import { AbstractConnector } from 'ioredis'
import type { RedisAddress, RedisNode } from '../../base/redis-url.ts'

/** How long an orderly close may take until the socket is destroyed. */
const DISCONNECT_TIMEOUT_MS = 500

export interface RouteParams {
  readonly address: RedisAddress
  /** Certificates of the authorities to trust instead of the well-known ones, PEM. */
  readonly ca: string | undefined
  /** Index of the node to begin with; any number. */
  readonly first: number
}

/** The way to Redis: each attempt to connect goes to the next node, so that one that can't be had is passed over. */
export class Route {
  readonly #address: RedisAddress
  readonly #secureContext: SecureContext | undefined
  #attempts: number

  constructor({ address, ca, first }: RouteParams) {
    this.#address = address
    this.#secureContext = address.tls && ca !== undefined ? createSecureContext({ ca }) : undefined
    this.#attempts = first - 1
  }

  /** The node of the current or last attempt. */
  get node(): RedisNode {
    const { nodes } = this.#address
    return nodes[Math.max(this.#attempts, 0) % nodes.length] as RedisNode
  }

  /** Several nodes must be nodes of one cluster: elsewhere a message that is published at one does not reach those who listen at another. */
  get demandsCluster(): boolean {
    return this.#address.nodes.length > 1
  }

  connectToNext() {
    this.#attempts += 1
    const { host, port } = this.node
    const stream = this.#address.tls
      ? // Said, because NODE_TLS_REJECT_UNAUTHORIZED could say otherwise.
        connectTls({ host, port, rejectUnauthorized: true, ...(this.#secureContext && { secureContext: this.#secureContext }) })
      : connectTcp({ host, port })
    // ioredis listens for one error only; another one would end the process.
    stream.on('error', () => undefined)
    return stream
  }
}

/** For ioredis: how it reaches the server. `onRefused` is told of a server that is not what the address says. */
export function connectorOf(route: Route, onRefused: (error: Error) => void) {
  return class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS)
    }

    override connect(): Promise<ReturnType<Route['connectToNext']>> {
      this.connecting = true
      const stream = route.connectToNext()
      this.stream = stream
      return Promise.resolve(stream)
    }

    /** `info`: what INFO says; without the permission to ask, nothing. False makes ioredis break off and try again. */
    override check(info: Readonly<Record<string, string>>): boolean {
      if (!route.demandsCluster || info['cluster_enabled'] !== '0') return true
      onRefused(new Error('REDIS_URL names several servers, but this one is not a node of a cluster: name one server, or the nodes of one cluster'))
      return false
    }
  }
}
