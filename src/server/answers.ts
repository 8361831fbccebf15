import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLError } from 'graphql'
import type { ErrorCode } from '../base/errors.ts'
import { codeOf, toPublicError } from './mask-errors.ts'

/** HTTP status of a request that was refused with a code. Errors inside a result are 200, as GraphQL over HTTP wants it. */
export const STATUS_OF_CODE: Readonly<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID_INPUT: 400,
  INVALID_STATE: 409,
  VERSION_CONFLICT: 409,
  IDEMPOTENCY_CONFLICT: 409,
  ALREADY_RUNNING: 409,
  FEATURE_BLOCKED: 403,
  QUOTA_EXCEEDED: 429,
  TOO_COMPLEX: 400,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
}

export const statusOf = (errors: readonly GraphQLError[]): number => Math.max(400, ...errors.map((error) => STATUS_OF_CODE[codeOf(error)]))

const RESPONSE_JSON = 'application/graphql-response+json'

/** The media type for a GraphQL answer that the request prefers; `application/json` when it does not say. */
export function resultType(request: IncomingMessage): string {
  return request.headers.accept?.includes(RESPONSE_JSON) ? RESPONSE_JSON : 'application/json'
}

/** On every answer: nothing is sniffed, framed or kept by caches, and an answer opened as a page runs nothing. */
export const STRICT_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

export function sendJson(response: ServerResponse, answer: JsonAnswer): void {
  if (response.headersSent || response.destroyed) return
  const text = JSON.stringify(answer.body)
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': `${answer.type ?? 'application/json'}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** A request that is turned away as a whole, in the shape of a GraphQL answer. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: { readonly status?: number; readonly errors: readonly GraphQLError[] },
): void {
  const status = refusal.status ?? statusOf(refusal.errors)
  const headers: Readonly<Record<string, string>> =
    status === 401 ? { 'www-authenticate': 'Bearer error="invalid_token"' } : status === 503 || status === 429 ? { 'retry-after': '1' } : {}
  sendJson(response, { status, body: { errors: refusal.errors }, type: resultType(request), headers })
}

export interface Complaint {
  readonly status: number
  readonly code: ErrorCode
  readonly reason: string
}

export function refuseWith(request: IncomingMessage, response: ServerResponse, complaint: Complaint): void {
  sendRefusal(request, response, { status: complaint.status, errors: [toPublicError(complaint.code, complaint.reason)] })
}
