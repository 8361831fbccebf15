import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import type { Agents } from './chat/agents.ts'
import type { SearchIndex } from './search/search-index.ts'
import type { Shops } from './shop/shops.ts'
import type { WhatsappSetup } from './whatsapp/whatsapp-setup.ts'

/** What the handlers of this domain are lent by the composition root. */
export interface StoreServices {
  readonly database: Database
  readonly clock: Clock
  readonly shops: Shops
  readonly catalogue: Catalogue
  readonly search: SearchIndex
  readonly agents: Agents
  readonly whatsapp: WhatsappSetup
  /** How long after a change the index is built anew, milliseconds: changes of that time share one rebuild. */
  readonly rebuildDelayMs: number
}

declare module '../../engine/run.ts' {
  interface OperationServices {
    readonly stores: StoreServices
  }
}
