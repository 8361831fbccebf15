import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { type Context, handleProtocols, makeServer, type Server as ProtocolServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Authenticator } from '../auth/authenticate.ts'
import { credentialsOfParams } from '../auth/bearer.ts'
import type { Clock } from '../base/clock.ts'
import { BatutaError, messageOf } from '../base/errors.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { Connection } from './connection.ts'
import { Delivery } from './delivery.ts'
import type { EventStream } from './event-stream.ts'
import type { Limits } from './limits.ts'
import { toPublicError } from './mask-errors.ts'
import { PerKeyLimit } from './per-key-limit.ts'
import type { Outcome, Pipeline, ReadyOperation } from './pipeline.ts'
import { shareOf } from './sse-streams.ts'
import { TokenBucket } from './token-bucket.ts'
import { TokenLife } from './token-life.ts'
import { TokenRefresh, type TokenRefreshParams } from './token-refresh.ts'

export interface WebSocketsParams {
  readonly pipeline: Pipeline
  readonly authenticator: Authenticator
  readonly limits: Limits
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** Close codes: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, RFC 6455 and the IANA registry. 4500 is never sent: clients don't return after it. */
export const CLOSE = { invalid: 4400, forbidden: 4403, restart: 1012, tryLater: 1013 } as const

type SocketContext = Context<Record<string, unknown> | undefined, Connection>

/** graphql-transport-ws: graphql-ws keeps the protocol's rules, the pipeline does the work, this file joins the two. */
export class WebSockets {
  readonly #params: WebSocketsParams
  readonly #server: WebSocketServer
  readonly #protocol: ProtocolServer<Connection>
  readonly #connections = new Set<Connection>()
  readonly #perUser: PerKeyLimit
  readonly #refreshing: TokenRefreshParams
  #cancelKeepAlive: (() => void) | undefined

  constructor(params: WebSocketsParams) {
    this.#params = params
    this.#perUser = new PerKeyLimit(params.limits.maxSocketsPerUser)
    this.#refreshing = {
      authenticator: params.authenticator,
      clock: params.clock,
      maxPerMinute: params.limits.maxTokenRefreshesPerMinute,
      onUnchecked: (error) => params.telemetry.emit('failure.contained', { where: 'websocket', error }),
    }
    this.#server = new WebSocketServer({
      noServer: true,
      handleProtocols,
      maxPayload: params.limits.maxMessageBytes,
      perMessageDeflate: false,
      clientTracking: false,
    })
    this.#protocol = makeServer<Record<string, unknown> | undefined, Connection>({
      connectionInitWaitTimeout: params.limits.connectionInitMs,
      onConnect: (context) => this.#connect(context),
      onSubscribe: (context, id, payload) => this.#subscribe(context, id, payload),
      execute: outcomeOf,
      subscribe: outcomeOf,
    })
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  start(): void {
    this.#cancelKeepAlive ??= this.#params.clock.after(this.#params.limits.keepAliveMs, () => this.#keepAlive())
  }

  stop(): void {
    this.#cancelKeepAlive?.()
    this.#cancelKeepAlive = undefined
    for (const connection of this.#connections) connection.socket.terminate()
    this.#server.close()
  }

  /** Takes over a request whose origin and path were found good. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      // Too long a message, bad UTF-8, a reset: ws closes the socket itself, with the code that fits.
      opened.on('error', () => undefined)
      // Accepted first, because a browser is not told why an upgrade was refused.
      if (this.#connections.size >= this.#params.limits.maxSockets) opened.close(CLOSE.tryLater, 'too many sockets on this server')
      else this.#open(opened, socket, request.socket.remoteAddress)
    })
  }

  #open(socket: WebSocket, duplex: Duplex, address: string | undefined): void {
    const connection = new Connection(socket, duplex, address)
    const { maxMessagesPerSecond: perSecond } = this.#params.limits
    const rate = new TokenBucket({ perSecond, burst: 2 * perSecond }, this.#params.clock.monotonic())
    const isTooFast = () => !rate.take(this.#params.clock.monotonic())
    const refresh = new TokenRefresh(this.#refreshing)
    this.#connections.add(connection)
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => connection.send(text),
        close: (code, reason) => socket.close(code, reason),
        onPing: (payload) => this.#ping(connection, refresh, payload),
        onMessage: (receive) =>
          socket.on('message', (data) => {
            if (isTooFast()) socket.close(CLOSE.tryLater, 'too many messages; send fewer at a time')
            else void this.#receive(connection, () => receive((data as Buffer).toString()))
          }),
      },
      connection,
    )
    socket.on('pong', () => connection.heard())
    // ws answers these itself.
    socket.on('ping', () => {
      if (isTooFast()) socket.close(CLOSE.tryLater, 'too many pings')
      else connection.restrain()
    })
    socket.once('close', (code, reason) => {
      this.#connections.delete(connection)
      connection.release()
      this.#params.telemetry.emit('socket.closed', { code, open: this.#connections.size })
      closed(code, String(reason)).catch((error: unknown) => this.#params.telemetry.emit('failure.contained', { where: 'websocket', error }))
    })
    this.#params.telemetry.emit('socket.opened', { open: this.#connections.size })
  }

  async #receive(connection: Connection, receive: () => Promise<void>): Promise<void> {
    // The other side may go on sending until it answers the close frame; nobody acts for it any more.
    if (!connection.isOpen) return
    try {
      await receive()
    } catch (error) {
      if (!connection.isOpen) return
      // A message type that only servers send passes graphql-ws's checks of form and is thrown here.
      if (messageOf(error).startsWith('Unexpected message of type')) return connection.socket.close(CLOSE.invalid, 'Invalid message received')
      this.#params.telemetry.emit('failure.contained', { where: 'websocket', error })
      connection.socket.close(CLOSE.tryLater, 'Try again later')
    }
  }

  /** Authenticates; anything that goes wrong closes the socket with a code after which clients may come back. */
  async #connect(context: SocketContext): Promise<boolean> {
    const connection = context.extra
    try {
      const credentials = credentialsOfParams(context.connectionParams)
      const { authenticator } = this.#params
      if (credentials.kind === 'malformed' && authenticator.isConfigured)
        return this.#turnAway(connection, CLOSE.forbidden, 'expected connection parameters { Authorization: "Bearer <token>" }')
      const viewer = await authenticator.authenticate(credentials.kind === 'token' ? credentials.token : undefined)
      if (!connection.isOpen) return false
      const place = this.#perUser.take(shareOf(viewer, connection.address))
      if (!place) return this.#turnAway(connection, CLOSE.tryLater, 'too many sockets; close others first')
      const onEnd = (reason: string): void => connection.socket.close(CLOSE.forbidden, reason)
      const life = new TokenLife(viewer, { clock: this.#params.clock, revocations: authenticator.revocations, onEnd })
      connection.admit(life, [place])
      return !life.isOver
    } catch (error) {
      const isBadToken = error instanceof BatutaError && error.code === 'UNAUTHENTICATED'
      if (!isBadToken) this.#params.telemetry.emit('failure.contained', { where: 'websocket', error })
      return this.#turnAway(connection, isBadToken ? CLOSE.forbidden : CLOSE.tryLater, isBadToken ? error.message : 'Try again later')
    }
  }

  /** A ping may bring another token, so that streams outlive the one that they began with; without one it is just a ping. */
  async #ping(connection: Connection, refresh: TokenRefresh, payload: Readonly<Record<string, unknown>> | undefined): Promise<void> {
    const credentials = credentialsOfParams(payload)
    if (credentials.kind === 'none') return connection.send(JSON.stringify({ type: 'pong', payload }))
    const outcome = await refresh.refresh(connection.tokenLife, credentials)
    if (outcome.kind === 'answer') await connection.send(JSON.stringify({ type: 'pong', payload: outcome.payload }))
    else this.#turnAway(connection, outcome.tooOften ? CLOSE.tryLater : CLOSE.forbidden, outcome.reason)
  }

  #turnAway(connection: Connection, code: number, reason: string): false {
    this.#params.telemetry.emit('request.refused', { transport: 'websocket', code: code === CLOSE.forbidden ? 'UNAUTHENTICATED' : 'UNAVAILABLE', reason })
    // A close frame holds 123 bytes of reason.
    connection.socket.close(code, reason.slice(0, 120))
    return false
  }

  /** Runs the operation; what it refuses becomes an `error` message of that operation and costs nothing else. */
  async #subscribe(
    context: SocketContext,
    id: string,
    payload: { readonly query: string; readonly variables?: unknown; readonly operationName?: unknown },
  ): Promise<ExecutionArgs | Extract<Outcome, { kind: 'refused' }>['errors']> {
    const { pipeline, limits } = this.#params
    if (Object.keys(context.subscriptions).length > limits.maxOperationsPerSocket) {
      return [toPublicError('RATE_LIMITED', `A socket may have ${limits.maxOperationsPerSocket} operations at once; complete others first.`)]
    }
    const ready = pipeline.prepare(payload)
    if (ready.kind === 'refused') return ready.errors
    const isCurrent = context.extra.prepare(id)
    const outcome = await this.#run(ready, context.extra)
    if (!isCurrent()) return abandon(outcome)
    if (outcome.kind === 'refused') return outcome.errors
    // graphql-ws wants to execute itself; it gets what is to be sent where the context would be.
    const contextValue = outcome.kind === 'stream' ? deliveryOf(outcome.stream, context.extra, id) : outcome.result
    return { schema: pipeline.schema, document: ready.document, operationName: ready.operationName, rootValue: undefined, contextValue }
  }

  async #run(ready: ReadyOperation, connection: Connection): Promise<Outcome> {
    const leave = ready.operation.operation === 'subscription' ? undefined : connection.answering.enter()
    try {
      return await this.#params.pipeline.run(ready, { viewer: connection.viewer, transport: 'websocket' })
    } finally {
      leave?.()
    }
  }

  /** One timer for all: who has not answered the last ping is gone. */
  #keepAlive(): void {
    for (const connection of this.#connections) connection.ping()
    this.#cancelKeepAlive = this.#params.clock.after(this.#params.limits.keepAliveMs, () => this.#keepAlive())
  }
}

type Answer = ExecutionResult | EventStream | Delivery
const outcomeOf = (args: ExecutionArgs): Answer => args.contextValue as Answer

/** The client completed it while it was prepared, and uses its id for another: graphql-ws, which tells them apart by id, must not hear of it again. */
function abandon(outcome: Outcome): Promise<never> {
  if (outcome.kind === 'stream') void outcome.stream.return()
  return new Promise(() => undefined)
}

/** Streams of our own are delivered past graphql-ws, which would execute and encode for each subscriber; others the usual way. */
function deliveryOf(stream: EventStream, connection: Connection, id: string): EventStream | Delivery {
  const detached = stream.detach()
  return detached ? new Delivery(detached, connection, id) : stream
}
