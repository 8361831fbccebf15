import { REVOKED, type Revocations } from '../auth/revocations.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import { atInstant } from './expiry.ts'

export const EXPIRED = 'the token has expired'

export interface TokenLifeParams {
  readonly clock: Clock
  readonly revocations: Revocations
  /** Called once, with a reason for the client, when the token is no good any more. */
  readonly onEnd: (reason: string) => void
}

/**
 * The token by which one socket or one stream is open: ends it when the token expires or is revoked, lets another one take its place.
 * Holds a timer and a listener until `release`, or until the end.
 */
export class TokenLife {
  readonly #params: TokenLifeParams
  readonly #unlisten: () => void
  #viewer: Viewer | null
  #cancelExpiry: (() => void) | undefined
  #isOver = false

  constructor(viewer: Viewer | null, params: TokenLifeParams) {
    this.#params = params
    this.#viewer = viewer
    this.#unlisten = viewer?.isLocalAdmin === false ? params.revocations.onRevoked(() => this.#endIfRevoked()) : () => undefined
    this.#watchExpiry()
    // It may have been revoked after it was authenticated and before this listened.
    this.#endIfRevoked()
  }

  /** Null: without a token, which can neither expire nor be revoked. */
  get viewer(): Viewer | null {
    return this.#viewer
  }

  /** True once it has ended or was released. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Goes on with another token, found good a moment ago, of a viewer that `replacementRefusal` has nothing against. */
  replace(viewer: Viewer): void {
    if (this.#isOver) return
    this.#viewer = viewer
    this.#watchExpiry()
    this.#endIfRevoked()
  }

  release(): void {
    this.#isOver = true
    this.#cancelExpiry?.()
    this.#unlisten()
  }

  #watchExpiry(): void {
    this.#cancelExpiry?.()
    const expiresAtMs = this.#viewer?.tokenExpiresAtMs
    this.#cancelExpiry = expiresAtMs === undefined ? undefined : atInstant(this.#params.clock, expiresAtMs, () => this.#end(EXPIRED))
  }

  #endIfRevoked(): void {
    if (this.#viewer && !this.#viewer.isLocalAdmin && this.#params.revocations.isRevoked(this.#viewer)) this.#end(REVOKED)
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.release()
    this.#params.onEnd(reason)
  }
}

/**
 * Why a token can't take the place of another; `undefined` when it can. Streams that run were authorised once, so they may only go on
 * where everything that was allowed still is: roles may be added, which counts for operations that start from then on.
 */
export function replacementRefusal(held: Viewer | null, next: Viewer): string | undefined {
  if (held?.id !== next.id) return 'the token is of another subject; reconnect with it'
  const isStillAllowed = held.tenantId === next.tenantId && held.roles.every((role) => next.roles.includes(role))
  return isStillAllowed ? undefined : 'roles or tenant have changed; reconnect'
}
