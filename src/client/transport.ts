import type { GraphQLFormattedError } from 'graphql'
import type { PreparedDocument } from './prepare-document.ts'

/** A subscription on its way. `variables` change in place: whoever sends it again sends the cursor that it has reached. */
export interface LiveRequest {
  readonly prepared: PreparedDocument
  readonly query: string
  readonly variables: Record<string, unknown>
}

export interface Result {
  readonly data?: unknown
  readonly errors?: readonly GraphQLFormattedError[] | undefined
}

/** Same shape as a sink of graphql-ws. */
export interface Sink {
  next(result: Result): void
  /** A list of GraphQL errors when the server refused; else what went wrong with the connection. */
  error(error: unknown): void
  complete(): void
}

/** A way to the server. After the returned function was called, the sink hears nothing more. */
export interface Transport {
  subscribe(request: LiveRequest, sink: Sink): () => void
}

export type TransportName = 'websocket' | 'sse' | 'polling'

export const isRefusal = (error: unknown): error is readonly GraphQLFormattedError[] => Array.isArray(error)
interface CodedError {
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}
const codeOf = (error: CodedError): unknown => error.extensions?.['code']

/** Codes after which the same request may be answered a little later. */
const PASSING = new Set<unknown>(['UNAVAILABLE', 'RATE_LIMITED'])
export const isPassing = (errors: readonly CodedError[]): boolean => errors.length > 0 && errors.every((error) => PASSING.has(codeOf(error)))
export const isUnauthenticated = (errors: readonly CodedError[]): boolean => errors.some((error) => codeOf(error) === 'UNAUTHENTICATED')

/** The server refused a request as a whole. Refusals that are part of the schema are data. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError'
  readonly errors: readonly GraphQLFormattedError[]
  /** `extensions.code` of the first one. */
  readonly code: string

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors.map((error) => error.message).join('; ') || 'the server gave no data')
    this.errors = errors
    this.code = String(errors[0] && codeOf(errors[0]))
  }
}

/** The server could not be reached, or ended the connection for good. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  /** Close code of the WebSocket, where there was one. */
  readonly closeCode: number | undefined

  constructor(cause: unknown) {
    const { code, reason } = (typeof cause === 'object' && cause !== null ? cause : {}) as { readonly code?: unknown; readonly reason?: unknown }
    const closeCode = typeof code === 'number' ? code : undefined
    const said = typeof reason === 'string' ? reason : ''
    super(closeCode === undefined ? 'the server can not be reached' : `the connection was closed with ${closeCode} ${said}`.trimEnd(), {
      cause,
    })
    this.closeCode = closeCode
  }
}
