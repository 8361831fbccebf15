import { type Client, createClient } from 'graphql-ws'
import { Retrying, type RetryingParams } from './retrying.ts'
import { SocketHeartbeat } from './socket-heartbeat.ts'
import type { Token } from './token.ts'
import { TokenRefresh } from './token-refresh.ts'
import type { LiveRequest, Sink, Transport } from './transport.ts'

/** Close codes of the server: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. 1012 and 1013 need nothing: every retry waits with jitter. */
const FORBIDDEN = 4403
const TERMINATED = 4499
/** Nobody in between closes with these. */
const isOfServer = (code: number): boolean => code === 1_012 || code === 1_013 || (code >= 4_000 && code !== TERMINATED)

export type SocketState = 'idle' | 'connecting' | 'connected' | 'waiting'

export interface SocketTransportParams extends RetryingParams {
  readonly url: string
  readonly token: Token
  readonly webSocketImpl: unknown
  readonly heartbeatMs: number
  readonly pongTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly refreshBeforeMs: number
  readonly onState: (state: SocketState, failures: number) => void
  /** Told after each failed try as long as the server was never heard. */
  readonly onNeverConnected: (failures: number) => void
}

type Socket = Pick<WebSocket, 'send' | 'readyState'>

/** graphql-ws with a heartbeat that notices silence, a token that is renewed in place, and tries that are counted and can go on. */
export class SocketTransport implements Transport {
  readonly #params: SocketTransportParams
  readonly #retrying: Retrying
  readonly #client: Client
  readonly #heartbeat: SocketHeartbeat
  readonly #refresh: TokenRefresh
  /** Refusals of tokens in a row: the first may be an old token, the second is meant. */
  #refusals = 0
  /** The server was heard. Before that, failures may mean that something in between lets no WebSocket through. */
  #isReachable = false
  #connectTimer: ReturnType<typeof setTimeout> | undefined

  constructor(params: SocketTransportParams) {
    this.#params = params
    this.#retrying = new Retrying(params)
    this.#heartbeat = new SocketHeartbeat(params.pongTimeoutMs, () => this.#client.terminate())
    this.#refresh = new TokenRefresh({ token: params.token, beforeMs: params.refreshBeforeMs })
    this.#client = this.#create()
  }

  subscribe(request: LiveRequest, sink: Sink): () => void {
    // Somebody wants something new: that is as good as a retry.
    if (!this.#params.givingUp && this.#hasGivenUp) this.#startOver()
    let isOver = false
    const unlessOver = (act: () => void) => (isOver ? undefined : act())
    const end = this.#client.subscribe(
      // graphql-ws sends this very object again on each reconnect.
      { query: request.query, variables: request.variables, operationName: request.prepared.operation.name?.value ?? null },
      {
        next: (result) => unlessOver(() => sink.next(result)),
        error: (error) => unlessOver(() => sink.error(error)),
        complete: () => unlessOver(() => sink.complete()),
      },
    )
    return () => {
      isOver = true
      end()
    }
  }

  close(): void {
    const { isConnected } = this.#heartbeat
    this.#stopTimers()
    // An open socket is closed in order; one that still connects is given up.
    Promise.resolve(this.#client.dispose()).catch(() => undefined)
    if (!isConnected) this.#client.terminate()
  }

  get #hasGivenUp(): boolean {
    return this.#retrying.isExhausted || this.#refusals > 1
  }

  #startOver(): void {
    this.#retrying.reset()
    this.#refusals = 0
  }

  #create(): Client {
    const { url, webSocketImpl, heartbeatMs, givingUp } = this.#params
    return createClient({
      url,
      ...(webSocketImpl === undefined ? {} : { webSocketImpl }),
      lazyCloseTimeout: 1_000,
      keepAlive: heartbeatMs,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => givingUp !== undefined || !this.#hasGivenUp,
      retryWait: () => this.#wait(),
      connectionParams: () => this.#params.token.headers(),
      on: {
        connecting: () => this.#connecting(),
        connected: (socket, payload) => this.#connected(socket as Socket, payload),
        ping: (received) => (received ? undefined : this.#heartbeat.pinged()),
        pong: (received, payload) => (received ? this.#ponged(payload) : undefined),
        closed: (event) => this.#closed((event as { readonly code?: number }).code),
        error: () => this.#stopTimers(),
      },
    })
  }

  #connecting(): void {
    this.#params.onState('connecting', this.#retrying.failures)
    clearTimeout(this.#connectTimer)
    this.#connectTimer = setTimeout(() => this.#client.terminate(), this.#params.connectTimeoutMs)
  }

  #connected(socket: Socket, payload: unknown): void {
    clearTimeout(this.#connectTimer)
    this.#isReachable = true
    this.#heartbeat.start()
    this.#startOver()
    this.#params.onState('connected', 0)
    this.#refresh.start((ping) => {
      if (socket.readyState === 1) socket.send(JSON.stringify({ type: 'ping', payload: ping }))
    }, payload)
  }

  #ponged(payload: unknown): void {
    this.#heartbeat.ponged()
    this.#refresh.answered(payload)
  }

  #closed(code: number | undefined): void {
    this.#stopTimers()
    if (code !== undefined && isOfServer(code)) this.#isReachable = true
    if (code === FORBIDDEN) {
      this.#refusals += 1
      this.#params.token.refuse()
    }
    if (code === 1_000) this.#params.onState('idle', 0)
  }

  #stopTimers(): void {
    clearTimeout(this.#connectTimer)
    this.#heartbeat.stop()
    this.#refresh.stop()
  }

  /** Never rejects: graphql-ws awaits it where nobody catches. */
  async #wait(): Promise<void> {
    const isForbidden = this.#refusals > 1
    const waiting = this.#retrying.wait(isForbidden ? 'forbidden' : 'unreachable')
    this.#params.onState('waiting', this.#retrying.failures)
    if (!this.#isReachable) this.#params.onNeverConnected(this.#retrying.failures)
    await waiting
    if (isForbidden) this.#startOver()
  }
}
