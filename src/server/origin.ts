import type { IncomingHttpHeaders } from 'node:http'
import { isLoopbackHost } from '../config/loopback.ts'

/**
 * Which web pages may talk to us. Browsers send `Origin` with every WebSocket upgrade, every POST and every readable
 * cross-site GET, and a page can't forge it; programs send none and are welcome. `Host` is checked against DNS rebinding:
 * a page whose name was pointed at this machine is "same origin", but its `Host` is its own name.
 */
export interface OriginPolicyParams {
  readonly allowedOrigins: readonly string[]
  /** Empty: with authentication any host, because a token is no cookie that a browser would add by itself. */
  readonly allowedHosts: readonly string[]
  /** The address that we listen on. */
  readonly host: string
  readonly isAuthenticated: boolean
}

export type OriginVerdict = { readonly allowed: true; readonly corsOrigin: string | undefined } | { readonly allowed: false; readonly reason: string }

const refuse = (reason: string): OriginVerdict => ({ allowed: false, reason })

/** The name in a `Host` header, without port and brackets. */
function hostNameOf(host: string): string | undefined {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1') : undefined
}

export class OriginPolicy {
  readonly #params: OriginPolicyParams

  constructor(params: OriginPolicyParams) {
    this.#params = params
  }

  judge(headers: IncomingHttpHeaders): OriginVerdict {
    if (!this.#isHostAllowed(headers.host))
      return refuse(`the host ${JSON.stringify(headers.host ?? '')} is not served here; ALLOWED_HOSTS names those that are`)
    const { origin } = headers
    if (origin === undefined)
      return isCrossSiteFetch(headers) ? refuse('another site may not make a browser ask this') : { allowed: true, corsOrigin: undefined }
    if (this.#params.allowedOrigins.includes(origin)) return { allowed: true, corsOrigin: origin }
    if (URL.canParse(origin) && new URL(origin).host === headers.host) return { allowed: true, corsOrigin: undefined }
    return refuse(`pages of ${JSON.stringify(origin)} may not use this API; ALLOWED_ORIGINS names those that may`)
  }

  #isHostAllowed(header: string | undefined): boolean {
    const { allowedHosts, host, isAuthenticated } = this.#params
    if (isAuthenticated && allowedHosts.length === 0) return true
    const name = header === undefined ? undefined : hostNameOf(header)
    if (name === undefined || header === undefined) return false
    return isLoopbackHost(name) || name === host || allowedHosts.includes(name) || allowedHosts.includes(header)
  }
}

/** A page elsewhere that sends a request without `Origin` (an image, a form by GET). Following a link is fine: no page reads the answer. */
const isCrossSiteFetch = (headers: IncomingHttpHeaders): boolean => headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate'

/** Answer headers that let an allowed page read what we say. */
export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return { vary: 'Origin' }
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'retry-after, www-authenticate',
    vary: 'Origin',
  }
}

/** Answer headers of a preflight request. */
export function preflightHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  return {
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? 'authorization, content-type, accept',
    'access-control-max-age': '600',
  }
}

/**
 * Headers that a form or an image of another site can't send without a preflight, as clients name them. One is needed for
 * multipart posts; JSON posts need a preflight by their content type.
 */
const PREFLIGHT_HEADERS = ['x-batuta-csrf', 'x-graphql-yoga-csrf', 'apollo-require-preflight', 'graphql-require-preflight', 'x-apollo-operation-name']

export const provesPreflight = (headers: IncomingHttpHeaders): boolean => PREFLIGHT_HEADERS.some((name) => headers[name] !== undefined)
