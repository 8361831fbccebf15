import { CHAT_MESSAGE_PREFIX, CUSTOMER_PREFIX, ORDER_PREFIX, PRODUCT_PREFIX, STORE_PREFIX } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'
import type { DerivedTypes } from '../derive/derived-types.ts'
import type { OperationExtras } from '../derive/extras.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addAgent } from './agent.ts'
import { addChat } from './chat.ts'
import { findChatMessage } from './chat-access.ts'
import { storeExtras } from './operation-extras.ts'
import { addStore, type StoreTypes } from './store.ts'
import { findCustomer, findOrder, findProduct, findStore } from './store-access.ts'
import { addStoreEnums } from './store-enums.ts'
import { addStoreMutations } from './store-mutations.ts'
import { addStoreQueries } from './store-queries.ts'

export interface StoresParts {
  readonly types: StoreTypes
  readonly extras: readonly OperationExtras[]
  readonly finders: Readonly<Record<string, NodeFinder>>
}

/** The stores domain in the schema. */
export function addStores(builder: Builder, derived: DerivedTypes): StoresParts {
  const enums = addStoreEnums(builder, derived)
  const types = addStore(builder, enums)
  addStoreQueries(builder, types)
  addStoreMutations(builder, types, enums)
  addAgent(builder, types)
  addChat(builder, types)
  return {
    types,
    extras: storeExtras(types.store),
    finders: {
      [STORE_PREFIX]: findStore,
      [PRODUCT_PREFIX]: findProduct,
      [ORDER_PREFIX]: findOrder,
      [CUSTOMER_PREFIX]: findCustomer,
      [CHAT_MESSAGE_PREFIX]: findChatMessage,
    },
  }
}
