import type { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { ParsedAddress } from '../channel.ts'
import { parseSecretUrl } from '../secret-url.ts'

/** Id of a channel, a direct message or a member. */
const SLACK_ID = /^[CDGUW][A-Z0-9]{5,20}$/

export const isSlackId = (address: string): boolean => SLACK_ID.test(address)

/** An incoming webhook, or with a bot the id of a channel or member, to whom a code is sent first. */
export function parseSlackAddress(http: GuardedHttp, hasBot: boolean, text: string): ParsedAddress {
  const trimmed = text.trim()
  if (isSlackId(trimmed)) {
    if (!hasBot) return { kind: 'refused', expected: 'expected the address of an incoming webhook: this server has no Slack bot (SLACK_BOT_TOKEN)' }
    return { kind: 'address', address: trimmed, masked: `${trimmed.slice(0, 1)}…${trimmed.slice(-3)}`, needsCode: true }
  }
  return parseSecretUrl(http, trimmed)
}
