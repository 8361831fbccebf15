import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import type { Authenticator } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import type { Service } from '../base/service.ts'
import type { Config } from '../config/config.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import './facts.ts'
import { drain } from './drain.ts'
import { GraphiqlPage, type GraphiqlTab } from './graphiql.ts'
import type { ReadinessCheck } from './health.ts'
import { createHttpGraphQL, GRAPHQL_PATH } from './http-graphql.ts'
import { InFlight } from './in-flight.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { OriginPolicy } from './origin.ts'
import { Pipeline } from './pipeline.ts'
import { type Route, Router } from './router.ts'
import { SseStreams } from './sse-streams.ts'
import { answerUpload } from './uploads.ts'
import { WebSockets } from './websocket.ts'

export interface ServerParams {
  readonly config: Pick<Config, 'port' | 'host' | 'allowedOrigins' | 'allowedHosts' | 'maxFileSize'>
  readonly schema: GraphQLSchema
  /** Called for each operation and for each event of a subscription. */
  readonly createContext: (viewer: Viewer | null) => object
  readonly authenticator: Authenticator
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>
  readonly graphiqlTabs?: readonly GraphiqlTab[]
  readonly routes?: readonly Route[]
  readonly limits?: Partial<Limits>
  /** How long `stop` waits for answers under way, and over how long it spreads the closing of sockets. */
  readonly drainDeadlineMs?: number
  readonly drainJitterMs?: number
}

/** Everything that listens: one port for HTTP, SSE and WebSocket. */
export interface BatutaServer extends Service {
  /** Known once started, such as `http://127.0.0.1:4000`. */
  readonly url: string
  /** What is open at this moment. */
  readonly open: { readonly requests: number; readonly streams: number; readonly sockets: number }
  /** Groups of subscribers who share their answers; 0 when nobody is subscribed. */
  readonly groups: number
}

/** A whole request, its body included: an upload of 50 MiB over a slow line. Headers have Node's own, shorter limit. */
const REQUEST_TIMEOUT_MS = 3_600_000

export const createServer = (params: ServerParams): BatutaServer => new HttpServer(params)

class HttpServer implements BatutaServer {
  readonly #params: ServerParams
  readonly #requests = new InFlight()
  readonly #pipeline: Pipeline
  readonly #streams: SseStreams
  readonly #sockets: WebSockets
  readonly #origins: OriginPolicy
  readonly #router: Router
  readonly #http = createHttpServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => void this.#answer(request, response))
  #url = ''
  #isDraining = false
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(params: ServerParams) {
    this.#params = params
    const { clock, telemetry, authenticator, config } = params
    const limits: Limits = { ...DEFAULT_LIMITS, ...params.limits }
    const pipeline = new Pipeline({ schema: params.schema, createContext: params.createContext, limits, telemetry, clock })
    this.#pipeline = pipeline
    this.#streams = new SseStreams({ clock, revocations: authenticator.revocations, maxPerUser: limits.maxSsePerUser })
    this.#sockets = new WebSockets({ pipeline, authenticator, limits, telemetry, clock })
    this.#origins = new OriginPolicy({ ...config, isAuthenticated: authenticator.isConfigured })
    this.#router = new Router({
      origins: this.#origins,
      authenticator,
      graphql: createHttpGraphQL({ pipeline, streams: this.#streams, maxBodyBytes: limits.maxBodyBytes, telemetry }),
      upload: (request, response, viewer) => answerUpload({ pipeline, limits, maxFileSize: config.maxFileSize }, request, response, viewer),
      graphiql: new GraphiqlPage(GRAPHQL_PATH, params.graphiqlTabs ?? []),
      readiness: params.readiness ?? {},
      routes: params.routes ?? [],
      telemetry,
      clock,
      isDraining: () => this.#isDraining,
    })
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#http.on('clientError', refuseBrokenRequest)
  }

  get url(): string {
    return this.#url
  }

  get open(): BatutaServer['open'] {
    return { requests: this.#requests.count, streams: this.#streams.size, sockets: this.#sockets.connections.size }
  }

  get groups(): number {
    return this.#pipeline.groups
  }

  /** Rejects when the address can't be listened on. */
  start(): Promise<void> {
    this.#started ??= this.#listen()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#started ? this.#end() : Promise.resolve()
    return this.#stopped
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#params.config
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject)
        resolve()
      })
    })
    const { port: actual } = this.#http.address() as AddressInfo
    this.#url = `http://${host.includes(':') ? `[${host}]` : host}:${actual}`
    this.#sockets.start()
    this.#params.telemetry.emit('server.listening', { url: this.#url })
  }

  async #end(): Promise<void> {
    await this.#started?.catch(() => undefined)
    const { clock, telemetry, drainDeadlineMs = 10_000, drainJitterMs = 2_000 } = this.#params
    const startedMs = clock.monotonic()
    this.#isDraining = true
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    const abandoned = await drain({
      clock,
      requests: this.#requests,
      streams: this.#streams,
      sockets: this.#sockets,
      deadlineMs: drainDeadlineMs,
      jitterMs: drainJitterMs,
    })
    this.#sockets.stop()
    this.#http.closeAllConnections()
    await closed
    telemetry.emit('server.drained', { durationMs: clock.monotonic() - startedMs, abandoned })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, telemetry } = this.#params
    const leave = this.#requests.enter()
    const startedMs = clock.monotonic()
    response.once('close', () => {
      leave()
      telemetry.emit('request.answered', {
        route: routeOf(request.url),
        method: request.method ?? '',
        status: response.statusCode,
        durationMs: clock.monotonic() - startedMs,
      })
    })
    response.on('error', () => undefined)
    // Clients on kept connections learn that they must go elsewhere next time.
    if (this.#isDraining) response.setHeader('connection', 'close')
    await this.#router.answer(request, response)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined)
    const verdict = this.#origins.judge(request.headers)
    if (!verdict.allowed) {
      this.#params.telemetry.emit('request.refused', { transport: 'websocket', code: 'FORBIDDEN', reason: verdict.reason })
      refuseUpgrade(socket, '403 Forbidden')
    } else if (request.url?.split('?')[0] !== GRAPHQL_PATH) refuseUpgrade(socket, '404 Not Found')
    else if (this.#isDraining) refuseUpgrade(socket, '503 Service Unavailable')
    else this.#sockets.upgrade(request, socket, head)
  }
}

const refuseUpgrade = (socket: Duplex, status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)

/** Bytes that are no HTTP, or headers beyond the limits. */
function refuseBrokenRequest(_error: Error, socket: Duplex): void {
  if (socket.writable) refuseUpgrade(socket, '400 Bad Request')
}

/** The name of a route for metrics: a closed set, because anybody can make up addresses. */
function routeOf(target: string | undefined): string {
  const path = target?.split('?')[0] ?? ''
  return path === GRAPHQL_PATH || path === '/livez' || path === '/readyz' ? path : 'other'
}
