import { SignJWT } from 'jose'
import type { Role } from '../base/actor.ts'
import { systemClock } from '../base/clock.ts'

export interface TokenParams {
  readonly secret: string
  readonly subject: string
  readonly roles: readonly Role[]
  readonly tenant?: string
  /** An hour by default; negative: it has expired. */
  readonly secondsToLive?: number
  /** `jti`; none by default. */
  readonly tokenId?: string
}

/** A token as an identity provider with a shared secret makes it (HS256). */
export function signToken({ secret, subject, roles, tenant, secondsToLive = 3_600, tokenId }: TokenParams): Promise<string> {
  const now = Math.floor(systemClock.now() / 1_000)
  return new SignJWT({ roles: [...roles], ...(tenant === undefined ? {} : { tenant }), ...(tokenId === undefined ? {} : { jti: tokenId }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + secondsToLive)
    .sign(new TextEncoder().encode(secret))
}
