import type { ParsedAddress } from '../channel.ts'

const LONGEST_ADDRESS = 254
/** What mail servers accept in practice; no quoted names, no comments, nothing that could end a header. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/

export function parseEmailAddress(text: string): ParsedAddress {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_ADDRESS || !ADDRESS.test(trimmed)) return { kind: 'refused', expected: 'expected an email address such as ana@example.com' }
  const at = trimmed.lastIndexOf('@')
  const address = `${trimmed.slice(0, at)}@${trimmed.slice(at + 1).toLowerCase()}`
  return { kind: 'address', address, masked: `${address.slice(0, 1)}…${address.slice(at)}`, needsCode: true }
}
