import type { JWTPayload } from 'jose'
import { ROLES, type Role } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { AuthenticationError } from './authentication-error.ts'
import { NO_REVOCATIONS, REVOKED, type Revocations } from './revocations.ts'
import { createVerifier, type TokenSource } from './verify-token.ts'
import { createViewer, LOCAL_ADMIN, type Viewer } from './viewer.ts'

export interface AuthenticatorParams {
  readonly source: TokenSource
  /** Not for Firebase, whose project says both. */
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Longest life of a token, from `iat` to `exp`; tokens without `iat` are refused then. */
  readonly maxTokenLifeMs?: number | undefined
  /** Claim with the roles: an array, or words in one string. Dots reach into objects: `realm_access.roles`. */
  readonly rolesClaim: string
  readonly tenantClaim: string
  /** What was revoked; by default nothing can be. */
  readonly revocations?: Revocations
  readonly clock: Clock
}

export interface Authenticator {
  /** False when everybody is the local administrator. */
  readonly isConfigured: boolean
  /** The viewer of a token; null without one. Throws `AuthenticationError` when it is no good, `UnavailableError` when its keys can't be had. */
  authenticate(token: string | undefined): Promise<Viewer | null>
  /** For what outlives the request that was authenticated. */
  readonly revocations: Revocations
}

const LONGEST_SUBJECT = 255

export function createAuthenticator(params: AuthenticatorParams): Authenticator {
  const { source, revocations = NO_REVOCATIONS } = params
  // Somebody without a token has nothing that could be revoked.
  if (source.kind === 'none') return { isConfigured: false, authenticate: () => Promise.resolve(LOCAL_ADMIN), revocations: NO_REVOCATIONS }
  const verify = createVerifier({ ...params, source })
  return {
    isConfigured: true,
    authenticate: async (token) => {
      if (token === undefined) return null
      const viewer = viewerOf(await verify(token), params)
      if (revocations.isRevoked(viewer)) throw new AuthenticationError(REVOKED)
      return viewer
    },
    revocations,
  }
}

function viewerOf(payload: JWTPayload, params: AuthenticatorParams): Viewer {
  if (typeof payload.sub !== 'string' || payload.sub === '' || payload.sub.length > LONGEST_SUBJECT) {
    throw new AuthenticationError(`the token's subject (sub) must be a text of 1 to ${LONGEST_SUBJECT} characters`)
  }
  const tenant = claimAt(payload, params.tenantClaim)
  return createViewer({
    id: payload.sub,
    roles: rolesOf(claimAt(payload, params.rolesClaim)),
    tenantId: typeof tenant === 'string' && tenant !== '' ? tenant : null,
    // `exp` is required of every token; jose checked that it is a number, and `iat` too where there is one.
    tokenExpiresAtMs: (payload.exp ?? 0) * 1_000,
    ...(payload.iat === undefined ? {} : { tokenIssuedAtMs: payload.iat * 1_000 }),
    ...(typeof payload.jti === 'string' && payload.jti !== '' ? { tokenId: payload.jti } : {}),
    ...(typeof payload['name'] === 'string' ? { name: payload['name'] } : {}),
    ...(typeof payload['email'] === 'string' && payload['email_verified'] === true ? { verifiedEmail: payload['email'] } : {}),
  })
}

/** A claim by name; a name with dots that is no claim itself is a path. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

/** Roles that Batuta knows, in any case; others belong to other applications. Nobody is less than a USER. */
export function rolesOf(claim: unknown): readonly Role[] {
  const words = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(/[\s,]+/) : []
  const named = new Set(words.filter((word) => typeof word === 'string').map((word) => word.toUpperCase()))
  const roles = ROLES.filter((role) => named.has(role))
  return roles.length > 0 ? roles : ['USER']
}
