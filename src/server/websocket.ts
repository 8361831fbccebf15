import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ExecutionArgs } from 'graphql'
import { type Context, handleProtocols, makeServer, type Server as ProtocolServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Authenticator } from '../auth/authenticate.ts'
import { credentialsOfParams } from '../auth/bearer.ts'
import type { Clock } from '../base/clock.ts'
import { BatutaError, messageOf } from '../base/errors.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { Connection } from './connection.ts'
import { atInstant } from './expiry.ts'
import type { Limits } from './limits.ts'
import { toPublicError } from './mask-errors.ts'
import { PerKeyLimit } from './per-key-limit.ts'
import type { Outcome, Pipeline } from './pipeline.ts'
import { shareOf } from './sse-streams.ts'

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
  #cancelKeepAlive: (() => void) | undefined

  constructor(params: WebSocketsParams) {
    this.#params = params
    this.#perUser = new PerKeyLimit(params.limits.maxSocketsPerUser)
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
      onSubscribe: (context, _id, payload) => this.#subscribe(context, payload),
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
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, request))
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const connection = new Connection(socket, request.socket.remoteAddress)
    this.#connections.add(connection)
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => connection.send(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) => socket.on('message', (data) => void this.#receive(connection, () => receive((data as Buffer).toString()))),
      },
      connection,
    )
    socket.on('pong', () => connection.heard())
    // ws answers these itself.
    socket.on('ping', () => connection.restrain())
    // Too long a message, bad UTF-8, a reset: ws closes the socket itself, with the code that fits.
    socket.on('error', () => undefined)
    socket.once('close', (code, reason) => {
      this.#connections.delete(connection)
      connection.release()
      this.#params.telemetry.emit('socket.closed', { code, open: this.#connections.size })
      closed(code, String(reason)).catch((error: unknown) => this.#params.telemetry.emit('failure.contained', { where: 'websocket', error }))
    })
    this.#params.telemetry.emit('socket.opened', { open: this.#connections.size })
  }

  async #receive(connection: Connection, receive: () => Promise<void>): Promise<void> {
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
      const expiresAtMs = viewer?.tokenExpiresAtMs
      const expire = (): void => connection.socket.close(CLOSE.forbidden, 'the token has expired')
      connection.admit(viewer, [place, ...(expiresAtMs === undefined ? [] : [atInstant(this.#params.clock, expiresAtMs, expire)])])
      return true
    } catch (error) {
      const isBadToken = error instanceof BatutaError && error.code === 'UNAUTHENTICATED'
      if (!isBadToken) this.#params.telemetry.emit('failure.contained', { where: 'websocket', error })
      return this.#turnAway(connection, isBadToken ? CLOSE.forbidden : CLOSE.tryLater, isBadToken ? error.message : 'Try again later')
    }
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
    payload: { readonly query: string; readonly variables?: unknown; readonly operationName?: unknown },
  ): Promise<ExecutionArgs | Extract<Outcome, { kind: 'refused' }>['errors']> {
    const { pipeline, limits } = this.#params
    if (Object.keys(context.subscriptions).length > limits.maxOperationsPerSocket) {
      return [toPublicError('RATE_LIMITED', `A socket may have ${limits.maxOperationsPerSocket} operations at once; complete others first.`)]
    }
    const ready = pipeline.prepare(payload)
    if (ready.kind === 'refused') return ready.errors
    const leave = ready.operation.operation === 'subscription' ? undefined : context.extra.answering.enter()
    try {
      const outcome = await pipeline.run(ready, { viewer: context.extra.viewer, transport: 'websocket' })
      if (outcome.kind === 'refused') return outcome.errors
      // graphql-ws wants to execute itself; it gets the finished outcome where the context would be.
      return { schema: pipeline.schema, document: ready.document, operationName: ready.operationName, rootValue: undefined, contextValue: outcome }
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

function outcomeOf(args: ExecutionArgs) {
  const outcome = args.contextValue as Exclude<Outcome, { kind: 'refused' }>
  return outcome.kind === 'stream' ? outcome.stream : outcome.result
}
