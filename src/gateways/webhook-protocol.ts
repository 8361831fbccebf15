import { createHmac, timingSafeEqual } from 'node:crypto'

/** How Meta's webhooks prove themselves: we to them by echoing a challenge, they to us by a signature. The sandbox speaks the same. */
const MODE = 'subscribe'
/** Meta's are ten digits; whatever comes is echoed, so only what can do no harm anywhere is. */
const CHALLENGE = /^[\w.~-]{1,200}$/
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i

export interface VerificationRequest {
  readonly verifyToken: string
  readonly challenge: string
}

/** `undefined`: it is no verification request. */
export function parseVerification(query: URLSearchParams): VerificationRequest | undefined {
  const [mode, verifyToken, challenge] = ['hub.mode', 'hub.verify_token', 'hub.challenge'].map((name) => query.get(name))
  if (mode !== MODE || !verifyToken || !challenge || !CHALLENGE.test(challenge)) return undefined
  return { verifyToken, challenge }
}

export const verificationQuery = ({ verifyToken, challenge }: VerificationRequest): URLSearchParams =>
  new URLSearchParams({ 'hub.mode': MODE, 'hub.challenge': challenge, 'hub.verify_token': verifyToken })

/** Compares in constant time; a signature of another form is none. */
export function isSignedWith(secret: string, body: Buffer, signature: string | undefined): boolean {
  const hex = SIGNATURE.exec(signature ?? '')?.[1]
  return hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), createHmac('sha256', secret).update(body).digest())
}
