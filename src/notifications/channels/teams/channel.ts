import type { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { Channel } from '../channel.ts'
import { sendByHttp } from '../http-send.ts'
import { parseTeamsAddress } from './address.ts'
import { teamsPayload } from './message.ts'

/** Microsoft Teams by a workflow's webhook, which can neither edit nor thread. */
export function createTeamsChannel({ http }: { readonly http: GuardedHttp }): Channel {
  return {
    name: 'teams',
    unavailable: undefined,
    provider: null,
    parseAddress: (text) => parseTeamsAddress(http, text),
    edits: () => false,
    send: ({ message, destination, signal }) => {
      const headers = { 'content-type': 'application/json' }
      const post = { url: destination.address, headers, body: JSON.stringify(teamsPayload(message)), signal, isTrusted: destination.isTrusted }
      return sendByHttp(http, post, () => ({ kind: 'delivered', reference: null }))
    },
    close: async () => undefined,
  }
}
