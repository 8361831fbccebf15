import type { ParsedAddress } from '../channel.ts'

const E164 = /^\+[1-9]\d{6,14}$/

/** A phone number with its country, as people write it: blanks, dots, hyphens and brackets do not matter. */
export function parsePhoneNumber(text: string): ParsedAddress {
  const address = text.replaceAll(/[\s().-]/g, '')
  if (!E164.test(address)) return { kind: 'refused', expected: 'expected a phone number with its country, such as +34 600 111 222' }
  return { kind: 'address', address, masked: `${address.slice(0, 3)}…${address.slice(-3)}`, needsCode: true }
}
