import type { Viewer } from './viewer.ts'

/** What a revocation is compared with: whose token it is, its own id (`jti`), when it was issued (`iat`). */
export type TokenFacts = Pick<Viewer, 'id' | 'tokenId' | 'tokenIssuedAtMs'>

/** Tokens that were good and are not any more. A port, because authentication knows no database. */
export interface Revocations {
  /** Whether access with this token was revoked. A look-up in memory: it is asked for every request. */
  isRevoked(token: TokenFacts): boolean
  /** Calls back each time after more was revoked, for what stays open. The returned function ends that. */
  onRevoked(listener: () => void): () => void
}

/** Where nothing can be revoked: without authentication, and in tests of other things. */
export const NO_REVOCATIONS: Revocations = { isRevoked: () => false, onRevoked: () => () => undefined }

/** What bearers of revoked tokens are told, over every transport. */
export const REVOKED = 'access was revoked'
