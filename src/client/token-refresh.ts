import type { Token } from './token.ts'

export interface TokenRefreshParams {
  readonly token: Token
  /** How long before its end a token is replaced. */
  readonly beforeMs: number
}

/** The longest that setTimeout can wait. */
const LONGEST_MS = 2_147_483_647
const AGAIN_MS = 5_000
const LEAST_MS = 500

/** Replaces the token of an open socket before it expires, so that streams need not reconnect for it: the token travels in the payload of a ping. */
export class TokenRefresh {
  readonly #params: TokenRefreshParams
  #send: ((payload: { readonly token: string }) => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(params: TokenRefreshParams) {
    this.#params = params
  }

  /** `acknowledged` is the payload of the server's `connection_ack`, which may say when the token expires. */
  start(send: (payload: { readonly token: string }) => void, acknowledged: unknown): void {
    this.#send = send
    this.#schedule(expiryIn(acknowledged) ?? this.#params.token.expiresAtMs)
  }

  /** The payload of a pong: what the server made of a new token. Pongs without one answer plain heartbeats. */
  answered(payload: unknown): void {
    const expiresAtMs = expiryIn(payload)
    if (expiresAtMs !== undefined) this.#schedule(expiresAtMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#send = undefined
  }

  #schedule(expiresAtMs: number | undefined): void {
    clearTimeout(this.#timer)
    if (expiresAtMs === undefined) return
    const left = expiresAtMs - Date.now()
    // A token that lives shorter than that is replaced after half of its life.
    const wait = Math.max(left - this.#params.beforeMs, left / 2, LEAST_MS)
    this.#timer = setTimeout(() => void this.#refresh(), Math.min(wait, LONGEST_MS))
  }

  async #refresh(): Promise<void> {
    const send = this.#send
    const before = this.#params.token.last
    const token = await this.#params.token.get().catch(() => undefined)
    // The socket may have closed meanwhile; the next one brings the new token itself.
    if (send === undefined || send !== this.#send) return
    if (token !== undefined && token !== before) send({ token })
    // A source that gives the same token again is asked again until the server closes with 4403.
    else this.#timer = setTimeout(() => void this.#refresh(), AGAIN_MS)
  }
}

/** `expiresAt` of a payload, as ISO 8601 or milliseconds since 1970. */
function expiryIn(payload: unknown): number | undefined {
  const expiresAt = (payload as { readonly expiresAt?: unknown } | null | undefined)?.expiresAt
  const ms = typeof expiresAt === 'string' ? Date.parse(expiresAt) : expiresAt
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined
}
