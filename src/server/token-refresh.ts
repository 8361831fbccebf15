import type { Authenticator } from '../auth/authenticate.ts'
import type { Credentials } from '../auth/bearer.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import { BatutaError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import { TokenBucket } from './token-bucket.ts'
import { replacementRefusal, type TokenLife } from './token-life.ts'

/** What a ping with a token leads to. */
export type RefreshOutcome =
  /** Payload of the pong. */
  | { readonly kind: 'answer'; readonly payload: JsonObject }
  /** The socket must be closed. `tooOften`: not because of the token. */
  | { readonly kind: 'refused'; readonly reason: string; readonly tooOften?: true }

export interface TokenRefreshParams {
  readonly authenticator: Authenticator
  readonly clock: Clock
  readonly maxPerMinute: number
  /** Told when a token could not be checked; the one that is held stays good. */
  readonly onUnchecked: (error: unknown) => void
}

/** Tokens that a client sends over an open socket, so that its streams outlive the token that they began with. One per socket. */
export class TokenRefresh {
  readonly #params: TokenRefreshParams
  readonly #rate: TokenBucket
  #asked = 0
  #applied = 0

  constructor(params: TokenRefreshParams) {
    this.#params = params
    this.#rate = new TokenBucket({ perSecond: params.maxPerMinute / 60, burst: params.maxPerMinute }, params.clock.monotonic())
  }

  /** Never rejects. `life` is undefined until `connection_init` was acknowledged: there is nothing to refresh then. */
  async refresh(life: TokenLife | undefined, credentials: Credentials): Promise<RefreshOutcome> {
    if (life === undefined) return { kind: 'answer', payload: { authenticated: false } }
    if (!this.#rate.take(this.#params.clock.monotonic())) return { kind: 'refused', reason: 'too many token refreshes; try again later', tooOften: true }
    this.#asked += 1
    const turn = this.#asked
    try {
      return this.#apply(life, await this.#authenticate(credentials), turn)
    } catch (error) {
      if (error instanceof BatutaError && error.code === 'UNAUTHENTICATED') return { kind: 'refused', reason: error.message }
      this.#params.onUnchecked(error)
      return answer(life.viewer, false)
    }
  }

  #apply(life: TokenLife, viewer: Viewer | null, turn: number): RefreshOutcome {
    // Checks may overtake each other; the token that was sent last is the one that counts.
    if (!viewer || turn < this.#applied) return answer(life.viewer, true)
    const refusal = replacementRefusal(life.viewer, viewer)
    if (refusal !== undefined) return { kind: 'refused', reason: refusal }
    this.#applied = turn
    life.replace(viewer)
    return answer(viewer, true)
  }

  #authenticate(credentials: Credentials): Promise<Viewer | null> {
    const { authenticator } = this.#params
    if (credentials.kind === 'malformed' && authenticator.isConfigured) throw new BatutaError('UNAUTHENTICATED', 'expected { "token": "<token>" }')
    return authenticator.authenticate(credentials.kind === 'token' ? credentials.token : undefined)
  }
}

/** `refreshed: false`: the new token could not be checked at the moment, and the one before stays until `expiresAt`. */
function answer(viewer: Viewer | null, refreshed: boolean): RefreshOutcome {
  const expiresAtMs = viewer?.tokenExpiresAtMs
  return {
    kind: 'answer',
    payload: { authenticated: viewer !== null, refreshed, expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString() },
  }
}
