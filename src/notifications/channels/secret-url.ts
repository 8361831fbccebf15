import type { GuardedHttp } from '../../gateways/guarded-http.ts'
import type { ParsedAddress } from './channel.ts'

const LONGEST_URL = 2_000

/** An address whose path is a secret; only its origin is shown. */
export function parseSecretUrl(http: GuardedHttp, text: string): ParsedAddress {
  const expected = text.length > LONGEST_URL ? `expected an address of at most ${LONGEST_URL} characters` : http.refusalOf(text)
  if (expected !== undefined) return { kind: 'refused', expected }
  const url = new URL(text)
  url.hash = ''
  return { kind: 'address', address: url.href, masked: `${url.origin}/…`, needsCode: false }
}
