import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import type { MessageGateway } from '../../gateways/message-gateway.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { createCatalogueReads } from './catalogue/catalogue-reads.ts'
import { createCatalogue } from './catalogue/create-catalogue.ts'
import { createAgents } from './chat/agents.ts'
import { createChat } from './chat/chat.ts'
import { type CompletionSettings, createChatCompletion } from './chat/completion.ts'
import { storeDefinitions } from './operations/definitions.ts'
import { createSearchIndex } from './search/create-search-index.ts'
import { createEmbeddings, type EmbeddingSettings } from './search/embeddings.ts'
import type { SearchIndex } from './search/search-index.ts'
import type { StoreServices } from './services.ts'
import { createShops, type ShopsParams } from './shop/create-shops.ts'
import { createResealer } from './shop/resealer.ts'
import type { ShopConnections } from './shop/shops.ts'
import { findActiveOperations } from './store/active-operations.ts'
import { disconnectStore, renameStore } from './store/disconnect-store.ts'
import { findStores } from './store/find-stores.ts'
import { type ListStoresParams, listConnectedStores, listStores } from './store/list-stores.ts'
import { StoreSweeper } from './sweeper.ts'
import { createWhatsappSetup } from './whatsapp/create-whatsapp-setup.ts'

export interface StoresParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly shops: Omit<ShopsParams, 'database' | 'clock'>
  /** Carries WhatsApp messages. */
  readonly gateway: MessageGateway
  /** Address under which others reach this server, without a slash at its end. */
  readonly publicUrl: string | undefined
  /** Milliseconds from a change of a catalogue to the rebuild of its search. */
  readonly rebuildDelayMs: number
  /** The provider that lets search find by meaning; absent: it goes by words alone. */
  readonly embeddings?: EmbeddingSettings | undefined
  /** The provider that words the answers of chats; absent: they are worded here. */
  readonly completions?: CompletionSettings | undefined
  /** Instead of the built-in one. */
  readonly search?: SearchIndex | undefined
}

export type Stores = ReturnType<typeof createStores>

/** The stores domain: definitions, what their handlers need, and what the API asks. Who may ask is decided before. */
export function createStores({ database, clock, telemetry, ...params }: StoresParams) {
  const ownShops = createShops({ database, clock, onWait: (wait) => telemetry.emit('shop.waited', wait), ...params.shops })
  const shops: ShopConnections = ownShops
  const embeddings = params.embeddings && createEmbeddings({ ...params.embeddings, telemetry })
  const search = params.search ?? createSearchIndex({ database, embeddings })
  const agents = createAgents({ database })
  const whatsapp = createWhatsappSetup({ database, clock, telemetry, gateway: params.gateway, publicUrl: params.publicUrl })
  const services: StoreServices = {
    database,
    clock,
    shops,
    catalogue: createCatalogue({ database }),
    search,
    agents,
    whatsapp,
    rebuildDelayMs: params.rebuildDelayMs,
  }
  const completion = params.completions && createChatCompletion({ ...params.completions, clock })
  const chat = createChat({ database, clock, telemetry, search, completion })
  return {
    definitions: storeDefinitions,
    services,
    /** How stores come to be. */
    shops,
    /** Seals tokens with the newest key. */
    resealer: createResealer({ resealAll: (signal) => ownShops.resealAll(signal), telemetry }),
    search,
    agents,
    /** What users and agents say to each other. */
    chat,
    /** Removes what is too old; for workers. */
    sweeper: new StoreSweeper({ database, clock, telemetry, chat }),
    catalogue: createCatalogueReads(database),
    /** Where the platform's consent page leads back to, and webhooks; for the HTTP server. */
    routes: [...ownShops.routes, ...whatsapp.routes],

    stores: (list: ListStoresParams) => listStores(database, list),
    /** In the order asked. */
    storesByIds: (ids: readonly string[]) => findStores(database, ids),
    /** Stores of an owner that have a token, oldest first. */
    connectedStores: (owned: { readonly ownerId: string; readonly limit: number }) => listConnectedStores(database, owned),
    /** Of each store in the order asked: its operations that are not done, what matters most first. */
    activeOperations: (storeIds: readonly string[]) => findActiveOperations(database, storeIds),
    rename: (wish: { readonly id: string; readonly name: string }) => renameStore(database, wish),
    disconnect: (wish: { readonly id: string; readonly deleteData: boolean }) => disconnectStore(database, wish),
  }
}
