import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import { storeDefinitions } from './operations/definitions.ts'
import { createSearchIndex } from './search/create-search-index.ts'
import type { Embeddings } from './search/embeddings.ts'
import type { StoreServices } from './services.ts'

export interface StoresParams {
  readonly database: Database
  readonly clock: Clock
  /** For the search; absent: it goes by words alone. */
  readonly embeddings?: Embeddings | undefined
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
export function createStores({ database, clock, embeddings }: StoresParams) {
  const services: StoreServices = {
    database,
    clock,
    shops: unbuilt('shops'),
    catalogue: unbuilt('catalogue'),
    search: createSearchIndex({ database, clock, embeddings }),
    agents: unbuilt('agents'),
    whatsapp: unbuilt('whatsapp'),
    rebuildDelayMs: DEFAULT_REBUILD_DELAY_MS,
  }
  return { definitions: storeDefinitions, services }
}
