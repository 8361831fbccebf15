import { CHAT_MESSAGE_PREFIX, STORE_PREFIX } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addAgent } from './agent.ts'
import { addChat } from './chat.ts'
import { findChatMessage } from './chat-access.ts'
import { addOrder } from './order.ts'
import { addProduct } from './product.ts'
import { addStore } from './store.ts'
import { findStore } from './store-access.ts'

export interface StoresParts {
  readonly finders: Readonly<Record<string, NodeFinder>>
}

/** The stores domain in the schema. */
export function addStores(builder: Builder): StoresParts {
  const types = { store: addStore(builder), product: addProduct(builder), order: addOrder(builder) }
  addAgent(builder, types)
  addChat(builder, types)
  return { finders: { [STORE_PREFIX]: findStore, [CHAT_MESSAGE_PREFIX]: findChatMessage } }
}
