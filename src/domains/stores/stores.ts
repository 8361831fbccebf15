import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { createCatalogueReads } from './catalogue/catalogue-reads.ts'
import { createAgents } from './chat/agents.ts'
import { createChat } from './chat/chat.ts'
import { type CompletionSettings, createChatCompletion } from './chat/completion.ts'
import { storeDefinitions } from './operations/definitions.ts'
import type { SearchIndex } from './search/search-index.ts'
import type { StoreServices } from './services.ts'
import { findStores } from './store/find-stores.ts'

export interface StoresParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The provider that words the answers of chats; absent: they are worded here. */
  readonly completions?: CompletionSettings | undefined
  /** Instead of the built-in one. */
  readonly search?: SearchIndex | undefined
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
export function createStores({ database, clock, telemetry, completions, search }: StoresParams) {
  const agents = createAgents({ database })
  const services: StoreServices = {
    database,
    clock,
    shops: unbuilt('shops'),
    catalogue: unbuilt('catalogue'),
    search: search ?? unbuilt('search'),
    agents,
    whatsapp: unbuilt('whatsapp'),
    rebuildDelayMs: DEFAULT_REBUILD_DELAY_MS,
  }
  const completion = completions && createChatCompletion({ ...completions, clock })
  const chat = createChat({ database, clock, telemetry, search: services.search, completion })
  return {
    definitions: storeDefinitions,
    services,
    agents,
    /** What users and agents say to each other. */
    chat,
    catalogue: createCatalogueReads(database),
    /** In the order asked. */
    storesByIds: (ids: readonly string[]) => findStores(database, ids),
  }
}
