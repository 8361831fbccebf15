import { STORE_PLATFORMS, type StorePlatform, type StoreStatus } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'
import type { DerivedTypes } from '../derive/derived-types.ts'

type Values<Value extends string> = Readonly<Record<Uppercase<Value>, { readonly value: Value; readonly description: string }>>

const PLATFORMS: Values<StorePlatform> = {
  TIENDANUBE: { value: 'tiendanube', description: 'Tiendanube, or whatever speaks its REST API.' },
  SANDBOX: { value: 'sandbox', description: 'A shop that this server plays itself, to try things out: nothing leaves it, and nothing in it is real.' },
}

const STATUSES: Values<StoreStatus> = {
  DISCONNECTED: { value: 'disconnected', description: 'Not connected yet, or not any more: canceled, failed, or disconnected by its owner.' },
  CONNECTING: { value: 'connecting', description: 'Its first connection is under way.' },
  CONNECTED: { value: 'connected', description: 'Its shop accepts our access, and its catalogue was read to the end.' },
  RECONNECTING: { value: 'reconnecting', description: 'Its shop refused our access; what can be done about it is being found out.' },
  UNAUTHORIZED: { value: 'unauthorized', description: 'Its shop refuses our access: its token must be renewed.' },
}

/** The platform is also in the input of a connection, which is derived from its definition: one enum for both. */
export function addStoreEnums(builder: Builder, derived: DerivedTypes) {
  const platform = builder.enumType('StorePlatform', { description: 'What a shop runs on.', values: PLATFORMS })
  derived.know('StorePlatform', platform, STORE_PLATFORMS)
  return { platform, status: builder.enumType('StoreStatus', { description: 'How a store stands with its shop.', values: STATUSES }) }
}

export type StoreEnums = ReturnType<typeof addStoreEnums>
