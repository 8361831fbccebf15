import type { Clock } from '../../base/clock.ts'
import type { GuardedHttp } from '../../gateways/guarded-http.ts'
import type { MessageGateway } from '../../gateways/message-gateway.ts'
import type { Channel, ChannelName } from './channel.ts'
import { createEmailChannel } from './email/channel.ts'
import { createSlackChannel } from './slack/channel.ts'
import { createTeamsChannel } from './teams/channel.ts'
import { createWebhookChannel } from './webhook/channel.ts'
import { createWhatsappChannel } from './whatsapp/channel.ts'

export interface ChannelSettings {
  readonly smtpUrl: string | undefined
  /** Sender of mails. */
  readonly from: string | undefined
  readonly slackBotToken: string | undefined
  readonly slackApiUrl: string
}

export interface CreateChannelsParams {
  readonly http: GuardedHttp
  readonly gateway: MessageGateway
  readonly clock: Clock
  readonly settings: ChannelSettings
}

export type Channels = Readonly<Record<ChannelName, Channel>>

export function createChannels({ http, gateway, clock, settings }: CreateChannelsParams): Channels {
  return {
    email: createEmailChannel(settings),
    slack: createSlackChannel({ http, botToken: settings.slackBotToken, apiUrl: settings.slackApiUrl }),
    teams: createTeamsChannel({ http }),
    webhook: createWebhookChannel({ http, clock }),
    whatsapp: createWhatsappChannel({ gateway }),
  }
}
