import type { MessageGateway } from './message-gateway.ts'
import { SandboxGateway } from './sandbox/sandbox-gateway.ts'
import { WhatsappCloudGateway, type WhatsappCloudSettings } from './whatsapp-cloud/whatsapp-cloud-gateway.ts'

export type MessageGatewaySettings = { readonly gateway: 'sandbox' } | ({ readonly gateway: 'whatsapp-cloud' } & WhatsappCloudSettings)

/** The gateway that the configuration names. */
export function createMessageGateway(settings: MessageGatewaySettings): MessageGateway {
  return settings.gateway === 'sandbox' ? new SandboxGateway() : new WhatsappCloudGateway(settings)
}
