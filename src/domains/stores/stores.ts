import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import { storeDefinitions } from './operations/definitions.ts'
import type { StoreServices } from './services.ts'

export interface StoresParams {
  readonly database: Database
  readonly clock: Clock
  /** Milliseconds from a change of a catalogue to the rebuild of its search. */
  readonly rebuildDelayMs: number
}

export type Stores = ReturnType<typeof createStores>

const unbuilt = <Part extends object>(name: string): Part =>
  new Proxy({} as Part, {
    get() {
      throw new Error(`stores: ${name} is not built yet`)
    },
  })

/** The stores domain: definitions, what their handlers need, and what the API asks. Who may ask is decided before. */
export function createStores({ database, clock, rebuildDelayMs }: StoresParams) {
  const services: StoreServices = {
    database,
    clock,
    shops: unbuilt('shops'),
    catalogue: unbuilt('catalogue'),
    search: unbuilt('search'),
    agents: unbuilt('agents'),
    whatsapp: unbuilt('whatsapp'),
    rebuildDelayMs,
  }
  return { definitions: storeDefinitions, services }
}
