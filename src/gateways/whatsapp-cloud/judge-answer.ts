import type { HttpAnswer } from '../guarded-http.ts'
import type { Refusal } from '../message-gateway.ts'
import { knownError } from './error-codes.ts'

/** What answers of the Cloud API mean. Texts of the API are left out: they may quote what was sent. */
const LONGEST_WAIT_MS = 86_400_000
/** Not now: request timeout, too early, too many requests. */
const LATER_STATUSES = new Set([408, 425, 429])
const GATEWAY_TIMEOUT = 504

export type Judged = { readonly kind: 'answered'; readonly body: unknown } | Refusal | { readonly kind: 'unknown'; readonly reason: string }

export function judgeAnswer({ status, headers, body }: HttpAnswer): Judged {
  const parsed = parse(body)
  const code = errorCodeOf(parsed)
  if (status >= 200 && status < 300 && code === undefined) return { kind: 'answered', body: parsed }
  if (code === undefined && status === GATEWAY_TIMEOUT) return { kind: 'unknown', reason: 'something before the provider gave up waiting for its answer' }
  const known = code === undefined ? undefined : knownError(code)
  const retryAfterMs = waitOf(headers['retry-after']) ?? known?.waitMs
  return {
    kind: 'refused',
    code: code === undefined ? `HTTP_${status}` : String(code),
    ...(known === undefined ? {} : { meaning: known.meaning }),
    isRetryable: known?.isRetryable ?? (LATER_STATUSES.has(status) || status >= 500),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function errorCodeOf(body: unknown): number | undefined {
  const error = propertyOf(body, 'error')
  const code = propertyOf(error, 'code')
  return typeof code === 'number' ? code : undefined
}

/** A property of what somebody else wrote. */
export const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined

const waitOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,9}$/.test(header.trim()) ? Math.min(Number(header) * 1_000, LONGEST_WAIT_MS) : undefined
