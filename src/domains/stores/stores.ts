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
import type { ShopConnections } from './shop/shops.ts'
import { findActiveOperations } from './store/active-operations.ts'
import { disconnectStore, renameStore } from './store/disconnect-store.ts'
import { findStores } from './store/find-stores.ts'
import { type ListStoresParams, listConnectedStores, listStores } from './store/list-stores.ts'

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
  const shops: ShopConnections = unbuilt('shops')
  const services: StoreServices = {
    database,
    clock,
    shops,
    catalogue: unbuilt('catalogue'),
    search: search ?? unbuilt('search'),
    agents,
    whatsapp: unbuilt('whatsapp'),
    rebuildDelayMs: DEFAULT_REBUILD_DELAY_MS,
  }
  const completion = completions && createChatCompletion({ ...completions, clock })
  return {
    definitions: storeDefinitions,
    services,
    /** How stores come to be. */
    shops,
    search: services.search,
    agents,
    /** What users and agents say to each other. */
    chat: createChat({ database, clock, telemetry, search: services.search, completion }),
    catalogue: createCatalogueReads(database),

    stores: (list: ListStoresParams) => listStores(database, list),
    /** In the order asked. */
    storesByIds: (ids: readonly string[]) => findStores(database, ids),
    /** Stores of an owner that have a token, oldest first. */
    connectedStores: (params: { readonly ownerId: string; readonly limit: number }) => listConnectedStores(database, params),
    /** Of each store in the order asked: its operations that are not done, what matters most first. */
    activeOperations: (storeIds: readonly string[]) => findActiveOperations(database, storeIds),
    rename: (wish: { readonly id: string; readonly name: string }) => renameStore(database, wish),
    disconnect: (wish: { readonly id: string; readonly deleteData: boolean }) => disconnectStore(database, wish),
  }
}
