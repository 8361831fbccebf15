import { dataUpdate } from './data-update.ts'
import { ragSync } from './rag-sync.ts'
import { storeConnection } from './store-connection.ts'
import { storeReconnection } from './store-reconnection.ts'
import { whatsappSetup } from './whatsapp-setup.ts'

/** The operation types of this domain. */
export const storeDefinitions = [storeConnection, dataUpdate, ragSync, storeReconnection, whatsappSetup]
