import { messageOf as textOf } from '../../../base/errors.ts'
import type { GatewayResult, MessageGateway } from '../../../gateways/message-gateway.ts'
import type { Channel, SendResult } from '../channel.ts'
import { parsePhoneNumber } from './address.ts'
import { whatsappText } from './message.ts'

/** WhatsApp by whichever gateway is configured. */
export function createWhatsappChannel({ gateway }: { readonly gateway: MessageGateway }): Channel {
  return {
    name: 'whatsapp',
    unavailable: undefined,
    provider: gateway.name,
    parseAddress: parsePhoneNumber,
    edits: () => false,
    send: async ({ message, destination, signal }) => {
      try {
        return judge(await gateway.send({ id: message.id, to: destination.address, text: whatsappText(message), signal }))
      } catch (error) {
        return { kind: 'unknown', reason: textOf(error) }
      }
    },
    close: async () => undefined,
  }
}

function judge(result: GatewayResult): SendResult {
  if (result.kind === 'accepted') return { kind: 'delivered', reference: result.providerId }
  if (result.kind === 'unknown') return result
  const reason = `the provider answered ${result.code}${result.meaning === undefined ? '' : `: ${result.meaning}`}`
  if (!result.isRetryable) return { kind: 'refused', reason, disables: false }
  return { kind: 'postponed', reason, ...(result.retryAfterMs === undefined ? {} : { retryAfterMs: result.retryAfterMs }) }
}
