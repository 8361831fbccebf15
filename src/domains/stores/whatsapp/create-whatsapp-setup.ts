import type { Clock } from '../../../base/clock.ts'
import { PermanentError } from '../../../base/errors.ts'
import type { Database } from '../../../database/database.ts'
import type { MessageGateway } from '../../../gateways/message-gateway.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import { findStores } from '../store/find-stores.ts'
import { ConnectionTest } from './connection-test.ts'
import { parseNumber } from './phone-number.ts'
import { WebhookInbox } from './webhook-inbox.ts'
import { type WebhookPatience, WebhookRegistrar } from './webhook-registrar.ts'
import { webhookRoutes } from './webhook-routes.ts'
import type { WhatsappSetup } from './whatsapp-setup.ts'

export interface CreateWhatsappSetupParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly gateway: MessageGateway
  /** Address under which the gateway reaches this server, without a slash at its end; only the sandbox needs none. */
  readonly publicUrl: string | undefined
  /** Where not the usual. */
  readonly patience?: Partial<WebhookPatience>
}

export interface CreatedWhatsappSetup extends WhatsappSetup {
  /** The webhooks of all stores, for the HTTP server. */
  readonly routes: ReturnType<typeof webhookRoutes>
}

export function createWhatsappSetup({ database, clock, telemetry, gateway, publicUrl, patience }: CreateWhatsappSetupParams): CreatedWhatsappSetup {
  const inbox = new WebhookInbox({ database, telemetry, gateway })
  const registrar = new WebhookRegistrar({ database, clock, gateway, inbox, publicUrl, patience })
  const test = new ConnectionTest({ database, gateway })
  return {
    validateNumber: async (run, _step, { storeId, phone, region }) => {
      const [store] = await findStores(database, [storeId])
      // As if it were not there: whoever asks for a store of somebody else learns nothing.
      if (store?.ownerId !== run.ownerId) throw new PermanentError('STORE_GONE', 'There is no such store.')
      return parseNumber(phone, region)
    },
    configureWebhook: (run, step, from) => registrar.configure(run, step, from),
    testConnection: (run, step, from) => test.send(run, step, from),
    routes: webhookRoutes(inbox),
  }
}
