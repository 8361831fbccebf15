import type { Actor } from '../base/actor.ts'

/** A user, by all tokens issued up to now, or one token. */
export interface RevocationTarget {
  readonly kind: 'user' | 'token'
  /** Subject of the tokens (`sub`), or id of the token (`jti`). */
  readonly key: string
}

/** What is known of a revocation in memory. Instants are those of the database, milliseconds since the epoch. */
export interface KnownRevocation extends RevocationTarget {
  readonly revokedAtMs: number
  /** When it may be forgotten; null: it is kept. */
  readonly untilMs: number | null
}

/** All of it, for administrators. */
export interface RevocationRecord extends RevocationTarget {
  readonly reason: string
  readonly revokedBy: Actor
  readonly revokedAt: Date
  readonly until: Date | null
}
