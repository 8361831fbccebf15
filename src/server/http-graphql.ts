import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ExecutionResult, GraphQLError } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import { ERROR_CODES, messageOf } from '../base/errors.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { STATUS_OF_CODE } from './answers.ts'
import type { HttpCaller } from './http-caller.ts'
import { codeOf, toPublicError } from './mask-errors.ts'
import type { GraphQLRequest, Outcome, Pipeline, Refused } from './pipeline.ts'
import type { SseStreams } from './sse-streams.ts'

/** GraphQL over HTTP and SSE. Yoga reads requests and writes answers; the pipeline, which all transports share, does the rest. */
export interface HttpGraphQLParams {
  readonly pipeline: Pipeline
  readonly streams: SseStreams
  readonly maxBodyBytes: number
  readonly telemetry: Telemetry
}

export type HttpGraphQL = (request: IncomingMessage, response: ServerResponse, viewer: Viewer | null) => Promise<void>

/** What Yoga hands through to its hooks. */
interface ServerContext {
  readonly caller: HttpCaller
}

export const GRAPHQL_PATH = '/graphql'

export function createHttpGraphQL(params: HttpGraphQLParams): HttpGraphQL {
  const runByPipeline: Plugin<ServerContext> = {
    onParams({ setParamsHandler, context }) {
      const { caller } = context as unknown as ServerContext
      setParamsHandler(({ params: request }) => runOverHttp(params, caller, request))
    },
    onResultProcess({ result, setResult }) {
      if (!Array.isArray(result) && 'errors' in result && result.errors) setResult({ ...result, errors: result.errors.map(withKnownCode) })
    },
  }
  const yoga = createYoga<ServerContext>({
    graphqlEndpoint: GRAPHQL_PATH,
    // All of these have their own place ahead of Yoga, so that they hold for every transport.
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    parserAndValidationCache: false,
    logging: false,
    maxRequestBodySize: params.maxBodyBytes,
    maskedErrors: { maskError: (error) => maskYogaError(error, params.telemetry) },
    plugins: [runByPipeline],
    disposeOnProcessTerminate: false,
  })
  return async (request, response, viewer) => {
    await yoga(request, response, { caller: { viewer, request, response } })
  }
}

async function runOverHttp(
  params: HttpGraphQLParams,
  caller: HttpCaller,
  request: GraphQLRequest,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const ready = params.pipeline.prepare(request)
  if (ready.kind === 'refused') return asHttpResult(ready)
  const isSse = caller.request.headers.accept?.includes('text/event-stream') ?? false
  if (ready.operation.operation === 'mutation' && caller.request.method === 'GET') {
    return { errors: [withHttp(toPublicError('INVALID_INPUT', 'Mutations are not accepted over GET.'), { status: 405, headers: { allow: 'POST' } })] }
  }
  if (ready.operation.operation !== 'subscription')
    return asHttpResult(await params.pipeline.run(ready, { viewer: caller.viewer, transport: isSse ? 'sse' : 'http' }))
  // Asked before the stream exists, because an answer that nobody can read would leave it open.
  if (!isSse) return { errors: [withHttp(toPublicError('INVALID_INPUT', 'Subscriptions need "Accept: text/event-stream", or a WebSocket.'), { status: 406 })] }
  const place = params.streams.reserve(caller)
  if (place === undefined) return asHttpResult({ kind: 'refused', errors: [toPublicError('RATE_LIMITED', 'Too many open streams; end others first.')] })
  const outcome = await params.pipeline.run(ready, { viewer: caller.viewer, transport: 'sse' })
  if (outcome.kind === 'stream') return place.open(outcome.stream)
  place.release()
  return asHttpResult(outcome)
}

function asHttpResult(outcome: Outcome): ExecutionResult {
  if (outcome.kind === 'result') return outcome.result
  if (outcome.kind === 'stream') throw new TypeError('only subscriptions give a stream')
  return { errors: outcome.errors.map((error) => asRequestError(error, outcome)) }
}

/** GraphQL over HTTP: a well-formed request with a bad document is 200 in `application/json`, 400 in `application/graphql-response+json`. */
function asRequestError(error: GraphQLError, refusal: Refused): GraphQLError {
  const status = STATUS_OF_CODE[codeOf(error)]
  return withHttp(error, { status, spec: status === 400 && !refusal.isMalformed })
}

interface HttpExtension {
  readonly status: number
  readonly spec?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** `extensions.http` steers Yoga's answer, which leaves it out of the text. */
function withHttp(error: GraphQLError, http: HttpExtension): GraphQLError {
  const { message, nodes = null, source = null, positions = null, path = null } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...error.extensions, http } })
}

/** Yoga's own complaints about a request, in our codes. */
function withKnownCode(error: GraphQLError): GraphQLError {
  const { code, http } = error.extensions
  if ((ERROR_CODES as readonly unknown[]).includes(code)) return error
  const given = typeof http === 'object' && http !== null ? (http as HttpExtension) : { status: 400 }
  const isOurFault = given.status >= 500 || code === 'INTERNAL_SERVER_ERROR'
  const headers = given.headers === undefined ? {} : { headers: given.headers }
  return withHttp(toPublicError(isOurFault ? 'INTERNAL' : 'INVALID_INPUT', error.message), { status: isOurFault ? 500 : given.status, ...headers })
}

function maskYogaError(error: unknown, telemetry: Telemetry): Error {
  if (error instanceof GraphQLError) return error
  // The parameters of a GET request are parsed as JSON without a catch.
  if (error instanceof SyntaxError)
    return withHttp(toPublicError('INVALID_INPUT', `Expected "variables" and "extensions" to be JSON: ${messageOf(error)}.`), { status: 400 })
  telemetry.emit('failure.contained', { where: 'http', error })
  return withHttp(toPublicError('INTERNAL', 'Something went wrong on the server. It has been recorded.'), { status: 500 })
}
