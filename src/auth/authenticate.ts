import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { ROLES, type Role } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { BatutaError, UnavailableError } from '../base/errors.ts'
import { createViewer, LOCAL_ADMIN, type Viewer } from './viewer.ts'

/** Where tokens come from; `none` makes everybody the local administrator. */
export type TokenSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwks'; readonly url: string; readonly cooldownMs?: number }

export interface AuthenticatorParams {
  readonly source: TokenSource
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Claim with the roles: an array, or words in one string. Dots reach into objects: `realm_access.roles`. */
  readonly rolesClaim: string
  readonly tenantClaim: string
  readonly clock: Clock
}

export interface Authenticator {
  /** False when everybody is the local administrator. */
  readonly isConfigured: boolean
  /** The viewer of a token; null without one. Throws `AuthenticationError` when it is no good, `UnavailableError` when its keys can't be had. */
  authenticate(token: string | undefined): Promise<Viewer | null>
}

/** A token that is refused at the door. The message is for its bearer and never repeats the token. */
export class AuthenticationError extends BatutaError {
  constructor(reason: string, options?: ErrorOptions) {
    super('UNAUTHENTICATED', reason, options)
  }
}

/** Pinned, so that a token can't choose: a public key is never used as a shared secret, and `none` is nothing. */
const ALGORITHMS = {
  secret: ['HS256'],
  jwks: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
}

/** Clocks of issuer and server may differ by this much. */
export const CLOCK_TOLERANCE_SECONDS = 5
const LONGEST_TOKEN = 16_384
const LONGEST_SUBJECT = 255

type Verify = (token: string) => Promise<JWTPayload>

export function createAuthenticator(params: AuthenticatorParams): Authenticator {
  if (params.source.kind === 'none') return { isConfigured: false, authenticate: () => Promise.resolve(LOCAL_ADMIN) }
  const verify = verifierOf(params.source, params)
  return {
    isConfigured: true,
    authenticate: async (token) => {
      if (token === undefined) return null
      if (token.length > LONGEST_TOKEN) throw new AuthenticationError(`the token is longer than ${LONGEST_TOKEN} characters`)
      try {
        return viewerOf(await verify(token), params)
      } catch (error) {
        throw toRefusal(error)
      }
    },
  }
}

function verifierOf(source: Exclude<TokenSource, { kind: 'none' }>, params: AuthenticatorParams): Verify {
  const options = (algorithms: string[]) => ({
    algorithms,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(params.clock.now()),
    requiredClaims: ['sub', 'exp'],
    ...(params.issuer === undefined ? {} : { issuer: params.issuer }),
    ...(params.audience === undefined ? {} : { audience: params.audience }),
  })
  if (source.kind === 'secret') {
    const secret = new TextEncoder().encode(source.secret)
    return async (token) => (await jwtVerify(token, secret, options(ALGORITHMS.secret))).payload
  }
  // Keys are fetched when first needed, again for an unknown key id (a rotation), and at most once per cool-down.
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(source.url), { timeoutDuration: 5_000, cooldownDuration: source.cooldownMs ?? 30_000 })
  return async (token) => (await jwtVerify(token, keys, options(ALGORITHMS.jwks))).payload
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
    // `exp` is required above; jose checked that it is a number.
    tokenExpiresAtMs: (payload.exp ?? 0) * 1_000,
    ...(typeof payload['name'] === 'string' ? { name: payload['name'] } : {}),
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

function toRefusal(error: unknown): BatutaError {
  if (error instanceof BatutaError) return error
  if (error instanceof errors.JWTExpired) return new AuthenticationError('the token has expired', { cause: error })
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new AuthenticationError(`the token's claim ${JSON.stringify(error.claim)} is ${error.reason === 'missing' ? 'missing' : 'not as expected'}`, {
      cause: error,
    })
  }
  if (error instanceof errors.JWKSNoMatchingKey)
    return new AuthenticationError('the token was signed with a key that the issuer does not publish', { cause: error })
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || isFetchFailure(error)) {
    return new UnavailableError("the issuer's keys can't be read at the moment; try again", { cause: error })
  }
  if (error instanceof errors.JOSEError) return new AuthenticationError('the token is not valid', { cause: error })
  return new UnavailableError("tokens can't be checked at the moment; try again", { cause: error })
}

/** jose reports an answer other than 200, and one that is no JSON, as a plain `JOSEError`. */
const isFetchFailure = (error: unknown): boolean => error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC'
