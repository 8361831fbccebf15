import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import type { MessageGateway } from '../../gateways/message-gateway.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { storeDefinitions } from './operations/definitions.ts'
import type { StoreServices } from './services.ts'
import { createWhatsappSetup } from './whatsapp/create-whatsapp-setup.ts'

export interface StoresParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Carries WhatsApp messages. */
  readonly gateway: MessageGateway
  /** Address under which others reach this server, without a slash at its end. */
  readonly publicUrl: string | undefined
}

export type Stores = ReturnType<typeof createStores>

const DEFAULT_REBUILD_DELAY_MS = 60_000

const unbuilt = <Part extends object>(name: string): Part =>
  new Proxy({} as Part, {
    get() {
      throw new Error(`stores: ${name} is not built yet`)
    },
  })

/** The stores domain: definitions, what their handlers need, and what the API asks. Who may ask is decided before. */
export function createStores({ database, clock, telemetry, gateway, publicUrl }: StoresParams) {
  const whatsapp = createWhatsappSetup({ database, clock, telemetry, gateway, publicUrl })
  const services: StoreServices = {
    database,
    clock,
    shops: unbuilt('shops'),
    catalogue: unbuilt('catalogue'),
    search: unbuilt('search'),
    agents: unbuilt('agents'),
    whatsapp,
    rebuildDelayMs: DEFAULT_REBUILD_DELAY_MS,
  }
  /** Webhooks, for the HTTP server. */
  const { routes } = whatsapp
  return { definitions: storeDefinitions, services, routes }
}
