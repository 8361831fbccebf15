import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { Clock } from '../base/clock.ts'
import { BatutaError, UnavailableError } from '../base/errors.ts'
import { AuthenticationError } from './authentication-error.ts'
import { FIREBASE_ALGORITHMS, FIREBASE_KEYS_URL, FIREBASE_MAX_TOKEN_LIFE_MS, firebaseIssuer, wrongFirebaseClaim } from './firebase.ts'

/** Where tokens come from; `none` makes everybody the local administrator. */
export type TokenSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwks'; readonly url: string; readonly cooldownMs?: number }
  /** `keysUrl` only moves where Google's keys are read: an emulator, a mirror. */
  | { readonly kind: 'firebase'; readonly projectId: string; readonly keysUrl: string | undefined; readonly cooldownMs?: number }

export interface VerifierParams {
  readonly source: Exclude<TokenSource, { kind: 'none' }>
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Longest life of a token, from `iat` to `exp`; tokens without `iat` are refused then. Absent: any, but for Firebase a day. */
  readonly maxTokenLifeMs?: number | undefined
  readonly clock: Clock
}

/** The claims of a token whose signature and validity were found good. Rejects with `AuthenticationError`, or `UnavailableError` when its keys can't be had. */
export type VerifyToken = (token: string) => Promise<JWTPayload>

/** Pinned, so that a token can't choose: a public key is never used as a shared secret, and `none` is nothing. */
const SECRET_ALGORITHMS = ['HS256']
const KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Clocks of issuer and server may differ by this much. */
export const CLOCK_TOLERANCE_SECONDS = 5
const LONGEST_TOKEN = 16_384
const KEYS_WITHIN_MS = 5_000
const COOLDOWN_MS = 30_000

/** Longest time from `iat` to `exp` of a token that passes; undefined: not bounded. */
export function maxTokenLifeMs({ source, maxTokenLifeMs: given }: { readonly source: TokenSource; readonly maxTokenLifeMs?: number | undefined }) {
  return given ?? (source.kind === 'firebase' ? FIREBASE_MAX_TOKEN_LIFE_MS : undefined)
}

export function createVerifier(params: VerifierParams): VerifyToken {
  const { source, clock } = params
  const check = signatureCheck(params)
  const longestLifeMs = maxTokenLifeMs(params)
  return async (token) => {
    if (token.length > LONGEST_TOKEN) throw new AuthenticationError(`the token is longer than ${LONGEST_TOKEN} characters`)
    try {
      const payload = await check(token)
      const latest = clock.now() / 1_000 + CLOCK_TOLERANCE_SECONDS
      const wrong = source.kind === 'firebase' ? wrongFirebaseClaim(payload, latest) : undefined
      if (wrong) throw new AuthenticationError(`the token's claim "${wrong}" must be an instant in the past`)
      if (longestLifeMs !== undefined) demandShortLife(payload, longestLifeMs)
      return payload
    } catch (error) {
      throw toRefusal(error)
    }
  }
}

function signatureCheck({ source, issuer, audience, clock }: VerifierParams): VerifyToken {
  const expected = source.kind === 'firebase' ? { issuer: firebaseIssuer(source.projectId), audience: source.projectId } : { issuer, audience }
  const options = (algorithms: string[]): JWTVerifyOptions => ({
    algorithms,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(clock.now()),
    requiredClaims: ['sub', 'exp'],
    ...(expected.issuer === undefined ? {} : { issuer: expected.issuer }),
    ...(expected.audience === undefined ? {} : { audience: expected.audience }),
  })
  if (source.kind === 'secret') {
    const secret = new TextEncoder().encode(source.secret)
    return async (token) => (await jwtVerify(token, secret, options(SECRET_ALGORITHMS))).payload
  }
  const [url, algorithms] = source.kind === 'jwks' ? [source.url, KEY_ALGORITHMS] : [source.keysUrl ?? FIREBASE_KEYS_URL, FIREBASE_ALGORITHMS]
  // Keys are fetched when first needed, again for an unknown key id (a rotation), and at most once per cool-down.
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(url), {
    timeoutDuration: KEYS_WITHIN_MS,
    cooldownDuration: source.cooldownMs ?? COOLDOWN_MS,
  })
  return async (token) => (await jwtVerify(token, keys, options(algorithms))).payload
}

/** Revocations are forgotten after the longest life of a token, so nothing may live longer than that, or hide when it began. */
function demandShortLife({ iat, exp }: JWTPayload, longestLifeMs: number): void {
  if (iat === undefined) throw new AuthenticationError('the token\'s claim "iat" is missing')
  if (((exp ?? Number.POSITIVE_INFINITY) - iat) * 1_000 > longestLifeMs) {
    throw new AuthenticationError(`the token lives longer than ${longestLifeMs / 1_000} seconds`)
  }
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
