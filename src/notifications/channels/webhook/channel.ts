import type { Clock } from '../../../base/clock.ts'
import type { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { Channel } from '../channel.ts'
import { sendByHttp } from '../http-send.ts'
import { parseWebhookAddress } from './address.ts'
import { signWebhook, webhookPayload } from './message.ts'

export interface WebhookChannelParams {
  readonly http: GuardedHttp
  readonly clock: Clock
}

/** Signed JSON for programs. They know notifications by id and version, so they are told of every edit. */
export function createWebhookChannel({ http, clock }: WebhookChannelParams): Channel {
  return {
    name: 'webhook',
    unavailable: undefined,
    provider: null,
    parseAddress: (text) => parseWebhookAddress(http, text),
    edits: () => true,
    send: ({ message, destination, signal }) => {
      const nowMs = clock.now()
      const body = JSON.stringify(webhookPayload(message, nowMs))
      const signed = signWebhook({ id: message.id, timestamp: Math.floor(nowMs / 1_000), body, secrets: destination.secrets })
      const headers = { 'content-type': 'application/json', ...signed }
      return sendByHttp(http, { url: destination.address, headers, body, signal, isTrusted: destination.isTrusted }, () => ({
        kind: 'delivered',
        reference: null,
      }))
    },
    close: async () => undefined,
  }
}
