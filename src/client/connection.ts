import type { Http } from './http.ts'
import { LiveSubscription } from './live-subscription.ts'
import { PollingTransport } from './polling-transport.ts'
import type { ResumptionParams } from './resume.ts'
import type { RetryingParams } from './retrying.ts'
import { type SocketState, SocketTransport } from './socket-transport.ts'
import { SseTransport } from './sse-transport.ts'
import type { Token } from './token.ts'
import type { Sink, Transport, TransportName } from './transport.ts'

/** How a client is connected at the moment, for an indicator. */
export interface ConnectionStatus {
  readonly transport: TransportName
  /** `idle`: nobody subscribes. `waiting`: for the next try, or for `retry()` when it has given up. */
  readonly state: SocketState
  /** Tries in a row that failed. */
  readonly failures: number
}

export interface ConnectionTimes {
  readonly heartbeatMs: number
  readonly pongTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly refreshBeforeMs: number
  readonly silenceMs: number
  readonly pollMs: number
  /** How often it looks whether a WebSocket can be had again. */
  readonly probeMs: number
}

export interface ConnectionParams {
  readonly url: string
  readonly socketUrl: string
  readonly token: Token
  readonly http: Http
  readonly retrying: RetryingParams
  readonly times: ConnectionTimes
  /** Ways in the order in which they are tried. */
  readonly transports: readonly TransportName[]
  /** Failures without ever a connection after which the next way is tried. */
  readonly failuresBeforeFallback: number
  readonly fetch: typeof fetch
  readonly webSocketImpl: unknown
  readonly onStatus: (status: ConnectionStatus) => void
}

/** Carries subscriptions over the best way there is: WebSocket, else server-sent events, else polling. Comes back to the WebSocket when it can. */
export class Connection {
  readonly #params: ConnectionParams
  readonly #subscriptions = new Set<LiveSubscription>()
  readonly #closing = new AbortController()
  #index = 0
  #transport: Transport & { close?(): void }
  #probeTimer: ReturnType<typeof setTimeout> | undefined
  #status: ConnectionStatus

  constructor(params: ConnectionParams) {
    this.#params = params
    this.#status = { transport: this.#name, state: 'idle', failures: 0 }
    this.#transport = this.#create()
  }

  get status(): ConnectionStatus {
    return this.#status
  }

  subscribe(params: ResumptionParams & { readonly sink: Sink }): () => void {
    // Somebody wants something new: that is as good as a retry.
    this.#params.retrying.givingUp?.retry()
    const live: LiveSubscription = new LiveSubscription({ ...params, retrying: this.#retrying, onEnd: () => this.#subscriptions.delete(live) })
    this.#subscriptions.add(live)
    live.runOver(this.#transport)
    return () => live.stop()
  }

  /** Ends all subscriptions without a word, and the connection. */
  close(): void {
    this.#closing.abort()
    for (const live of this.#subscriptions) live.stop()
    clearTimeout(this.#probeTimer)
    this.#params.retrying.givingUp?.retry()
    this.#transport.close?.()
  }

  get #name(): TransportName {
    return this.#params.transports[this.#index] as TransportName
  }

  get #retrying(): RetryingParams {
    return { ...this.#params.retrying, signal: this.#closing.signal }
  }

  #set(state: SocketState, failures: number): void {
    this.#status = { transport: this.#name, state, failures }
    this.#params.onStatus(this.#status)
  }

  #create(): Transport & { close?(): void } {
    const { times, token, url, fetch, http } = this.#params
    const onNeverConnected = (failures: number): void => this.#fallBack(failures)
    switch (this.#name) {
      case 'websocket':
        return new SocketTransport({
          ...this.#retrying,
          ...times,
          token,
          url: this.#params.socketUrl,
          webSocketImpl: this.#params.webSocketImpl,
          onState: (state, failures) => this.#set(state, failures),
          onNeverConnected,
        })
      case 'sse':
        return new SseTransport({
          ...this.#retrying,
          token,
          url,
          fetch,
          silenceMs: times.silenceMs,
          onConnected: () => this.#set('connected', 0),
          onNeverConnected,
        })
      case 'polling':
        return new PollingTransport({ ...this.#retrying, http, intervalMs: times.pollMs })
    }
  }

  #fallBack(failures: number): void {
    const hasNext = this.#index + 1 < this.#params.transports.length
    if (failures < this.#params.failuresBeforeFallback || !hasNext || this.#closing.signal.aborted) return
    this.#moveTo(this.#index + 1)
    this.#probeLater()
  }

  #moveTo(index: number): void {
    const before = this.#transport
    this.#index = index
    this.#transport = this.#create()
    this.#set(this.#name === 'polling' ? 'connected' : 'connecting', 0)
    for (const live of this.#subscriptions) live.runOver(this.#transport)
    before.close?.()
  }

  #probeLater(): void {
    clearTimeout(this.#probeTimer)
    const socket = this.#params.transports.indexOf('websocket')
    if (socket < 0) return
    this.#probeTimer = setTimeout(() => this.#probe(socket), this.#params.times.probeMs)
  }

  /** Opens a socket only to see whether it opens. */
  #probe(index: number): void {
    const Socket = (this.#params.webSocketImpl ?? WebSocket) as typeof WebSocket
    const socket = new Socket(this.#params.socketUrl, 'graphql-transport-ws')
    const timeout = setTimeout(() => socket.close(), this.#params.times.connectTimeoutMs)
    let isOpen = false
    socket.onerror = () => undefined
    socket.onopen = () => {
      isOpen = true
      socket.close(1_000)
    }
    socket.onclose = () => {
      clearTimeout(timeout)
      if (this.#closing.signal.aborted) return
      if (isOpen) this.#moveTo(index)
      else this.#probeLater()
    }
  }
}
