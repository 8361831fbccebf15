import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator } from '../auth/authenticate.ts'
import { credentialsOfHeader } from '../auth/bearer.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import { BatutaError, type ErrorCode } from '../base/errors.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { type Complaint, refuseWith, STRICT_HEADERS } from './answers.ts'
import { type GraphiqlPage, wantsPage } from './graphiql.ts'
import { answerLiveness, answerReadiness, type ReadinessCheck } from './health.ts'
import { GRAPHQL_PATH, type HttpGraphQL } from './http-graphql.ts'
import { corsHeaders, type OriginPolicy, preflightHeaders, provesPreflight } from './origin.ts'

/** What a route of its own gets beside request and response. */
export interface RouteContext {
  /** Null without a token: a route may rely on a signed address instead. */
  readonly viewer: Viewer | null
  readonly url: URL
}

/** A path beside `/graphql`, such as a download. Origin, host and token are checked before; what it throws is answered as a typed error. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly prefix: string
  /** For the whole world: pages of any origin may read it, and a token is not looked at. The host is checked all the same. */
  readonly isPublic?: boolean
  readonly handle: (request: IncomingMessage, response: ServerResponse, context: RouteContext) => Promise<void>
}

export interface RouterParams {
  readonly origins: OriginPolicy
  readonly authenticator: Authenticator
  readonly graphql: HttpGraphQL
  readonly upload: HttpGraphQL
  readonly graphiql: GraphiqlPage
  readonly readiness: Readonly<Record<string, ReadinessCheck>>
  readonly routes: readonly Route[]
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly isDraining: () => boolean
}

export class Router {
  readonly #params: RouterParams

  constructor(params: RouterParams) {
    this.#params = params
  }

  /** Answers one request. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(STRICT_HEADERS)) response.setHeader(name, value)
    try {
      await this.#dispatch(request, response)
    } catch (error) {
      this.#answerFailure(request, response, error)
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = parseUrl(request.url)
    if (!url) return refuseWith(request, response, { status: 400, code: 'INVALID_INPUT', reason: 'The address of the request is malformed.' })
    if (url.pathname === '/livez') return answerLiveness(response)
    if (url.pathname === '/readyz')
      return answerReadiness(response, { checks: this.#params.readiness, isDraining: this.#params.isDraining(), clock: this.#params.clock })
    const open = this.#params.routes.find((route) => route.isPublic && url.pathname.startsWith(route.prefix))
    if (open) return this.#answerPublic(open, request, response, url)
    const verdict = this.#params.origins.judge(request.headers)
    if (!verdict.allowed) return this.#refuse(request, response, { status: 403, code: 'FORBIDDEN', reason: verdict.reason })
    for (const [name, value] of Object.entries(corsHeaders(verdict.corsOrigin))) response.setHeader(name, value)
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...(verdict.corsOrigin === undefined ? {} : preflightHeaders(request.headers)), allow: 'GET, POST, OPTIONS' })
      response.end()
      return
    }
    if (url.pathname === GRAPHQL_PATH) return this.#answerGraphQL(request, response, url)
    const route = this.#params.routes.find((candidate) => candidate.method === request.method && url.pathname.startsWith(candidate.prefix))
    if (!route) return refuseWith(request, response, { status: 404, code: 'NOT_FOUND', reason: 'There is nothing at this address.' })
    await route.handle(request, response, { viewer: await this.#viewerOf(request), url })
  }

  async #answerPublic(route: Route, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { host } = request.headers
    const verdict = this.#params.origins.judge(host === undefined ? {} : { host })
    if (!verdict.allowed) return this.#refuse(request, response, { status: 403, code: 'FORBIDDEN', reason: verdict.reason })
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('cross-origin-resource-policy', 'cross-origin')
    response.setHeader('allow', `${route.method}, OPTIONS`)
    if (request.method === 'OPTIONS') {
      response.writeHead(204, preflightHeaders(request.headers))
      response.end()
      return
    }
    if (request.method !== route.method) return refuseWith(request, response, { status: 405, code: 'INVALID_INPUT', reason: `Expected ${route.method}.` })
    await route.handle(request, response, { viewer: null, url })
  }

  async #answerGraphQL(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (wantsPage(request, url)) return this.#params.graphiql.answer(request, response)
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST, OPTIONS')
      return refuseWith(request, response, { status: 405, code: 'INVALID_INPUT', reason: 'Expected GET or POST.' })
    }
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
    const isMultipart = type === 'multipart/form-data'
    if (request.method === 'GET') return this.#params.graphql(request, response, await this.#viewerOf(request))
    // Everything else that a form can send would reach us without a preflight, so it is not accepted at all.
    if (!isMultipart && type !== 'application/json')
      return refuseWith(request, response, {
        status: 415,
        code: 'INVALID_INPUT',
        reason: 'Expected "content-type: application/json", or "multipart/form-data" for uploads.',
      })
    if (isMultipart && !provesPreflight(request.headers)) {
      return this.#refuse(request, response, {
        status: 403,
        code: 'FORBIDDEN',
        reason: 'uploads need the header "x-batuta-csrf" or "apollo-require-preflight", with any value, as protection against other sites',
      })
    }
    const viewer = await this.#viewerOf(request)
    await (isMultipart ? this.#params.upload : this.#params.graphql)(request, response, viewer)
  }

  async #viewerOf(request: IncomingMessage): Promise<Viewer | null> {
    const credentials = credentialsOfHeader(request.headers.authorization)
    if (credentials.kind === 'malformed' && this.#params.authenticator.isConfigured) {
      throw new BatutaError('UNAUTHENTICATED', 'expected "authorization: Bearer <token>"')
    }
    return this.#params.authenticator.authenticate(credentials.kind === 'token' ? credentials.token : undefined)
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Complaint): void {
    this.#params.telemetry.emit('request.refused', { transport: 'http', code: refusal.code, reason: refusal.reason })
    refuseWith(request, response, refusal)
  }

  #answerFailure(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (error instanceof BatutaError) {
      const known: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, INVALID_INPUT: 400, UNAVAILABLE: 503 }
      const status = known[error.code]
      if (status !== undefined) {
        this.#refuse(request, response, { status, code: error.code as ErrorCode, reason: error.message })
        return
      }
    }
    this.#params.telemetry.emit('failure.contained', { where: 'http', error })
    // Half an answer can't be taken back; cutting it off tells the client that it is one.
    if (response.headersSent) response.destroy()
    else refuseWith(request, response, { status: 500, code: 'INTERNAL', reason: 'Something went wrong on the server. It has been recorded.' })
  }
}

const parseUrl = (target: string | undefined): URL | undefined =>
  target?.startsWith('/') && URL.canParse(target, 'http://localhost') ? new URL(target.replace(/^\/+/, '/'), 'http://localhost') : undefined
