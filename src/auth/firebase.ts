import type { JWTPayload } from 'jose'

/**
 * ID tokens of Firebase Authentication, known by the project's id alone. What a verifier must check stands at
 * https://firebase.google.com/docs/auth/admin/verify-id-tokens (RS256 by a published key, `exp`, `iat`, `aud`, `iss`, `sub`, `auth_time`).
 */
export const FIREBASE_KEYS_URL = 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com'

export const FIREBASE_ALGORITHMS = ['RS256']

/** An ID token lives an hour; clients refresh it. A day leaves room, and bounds how long revocations are kept. */
export const FIREBASE_MAX_TOKEN_LIFE_MS = 86_400_000

export const firebaseIssuer = (projectId: string): string => `https://securetoken.google.com/${projectId}`

/** The name of a claim that tells of the future, or of nothing, where Firebase demands an instant in the past. `nowSeconds` includes the tolerance between clocks. */
export function wrongFirebaseClaim(payload: JWTPayload, nowSeconds: number): 'iat' | 'auth_time' | undefined {
  const isPast = (value: unknown): boolean => typeof value === 'number' && value <= nowSeconds
  if (!isPast(payload.iat)) return 'iat'
  return isPast(payload['auth_time']) ? undefined : 'auth_time'
}
