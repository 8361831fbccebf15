import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { storeDefinitions } from './operations/definitions.ts'
import type { StoreServices } from './services.ts'
import { createShops, type ShopsParams } from './shop/create-shops.ts'
import { createResealer } from './shop/resealer.ts'

export interface StoresParams {
  readonly database: Database
  readonly clock: Clock
  /** Milliseconds from a change of a catalogue to the rebuild of its search. */
  readonly rebuildDelayMs: number
  readonly telemetry: Telemetry
  readonly shops: Omit<ShopsParams, 'database' | 'clock'>
}

export type Stores = ReturnType<typeof createStores>

const unbuilt = <Part extends object>(name: string): Part =>
  new Proxy({} as Part, {
    get() {
      throw new Error(`stores: ${name} is not built yet`)
    },
  })

/** The stores domain: definitions, what their handlers need, and what the API asks. Who may ask is decided before. */
export function createStores({ database, clock, telemetry, rebuildDelayMs, ...params }: StoresParams) {
  const shops = createShops({ database, clock, onWait: (wait) => telemetry.emit('shop.waited', wait), ...params.shops })
  const services: StoreServices = {
    database,
    clock,
    shops,
    catalogue: unbuilt('catalogue'),
    search: unbuilt('search'),
    agents: unbuilt('agents'),
    whatsapp: unbuilt('whatsapp'),
    rebuildDelayMs,
  }
  return { definitions: storeDefinitions, services, shops, resealer: createResealer({ resealAll: () => shops.resealAll(), telemetry }) }
}
