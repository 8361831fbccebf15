import DataLoader from 'dataloader'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import type { Imports } from '../domains/imports/imports.ts'
import type { StatementBatchRecord } from '../domains/imports/records.ts'
import type { SaleRecord } from '../domains/sales/records.ts'
import type { Sales } from '../domains/sales/sales.ts'
import type { AgentRecord, ChatMessageRecord } from '../domains/stores/chat/chat-records.ts'
import type { CustomerRecord, OrderRecord, ProductRecord, StoreRecord, VariantRecord } from '../domains/stores/records.ts'
import type { ActiveOperation } from '../domains/stores/store/active-operations.ts'
import type { Stores } from '../domains/stores/stores.ts'
import type { Engine } from '../engine/engine.ts'
import type { BusinessEvents } from '../events/business-events.ts'
import type { Notifications } from '../notifications/create-notifications.ts'
import type { Deliveries } from '../notifications/delivery/create-deliveries.ts'
import type { StoredNotification } from '../notifications/stored-notification.ts'
import type { AccessRevocations } from '../revocation/access-revocations.ts'
import type { StatusBoard } from '../status/live/status-board.ts'
import type { StatusReader } from '../status/status-reader.ts'
import type { StatusWindows } from '../status/status-windows.ts'

/** What resolvers reach: the engine, the events, the domains, the clock. Made once per process by the composition root. */
export interface GraphqlServices {
  readonly engine: Engine
  readonly events: BusinessEvents
  readonly imports: Imports
  readonly sales: Sales
  readonly stores: Omit<Stores, 'definitions' | 'services'>
  readonly deliveries: Pick<Deliveries, 'preferences' | 'destinations' | 'unavailable' | 'provider'>
  readonly notifications: Pick<Notifications, 'inbox' | 'announcements' | 'follow'>
  readonly revocations: Pick<AccessRevocations, 'revoke'>
  readonly status: StatusReader
  readonly statusBoard: StatusBoard
  readonly statusWindows: StatusWindows
  readonly clock: Clock
  /** Types that this server refuses to start, with the sentence that says why; the sandbox exercise on a real server, say. */
  readonly refusedTypes: ReadonlyMap<string, string>
}

export interface Context {
  /** `null`: nobody is signed in, and every field says UNAUTHENTICATED. */
  readonly viewer: Viewer | null
  readonly services: GraphqlServices
  readonly loaders: Loaders
}

/** Reads that the fields of one answer share. */
export interface Loaders {
  readonly batch: DataLoader<string, StatementBatchRecord | undefined>
  /** By the import that made it; deleted ones too. */
  readonly batchOfOperation: DataLoader<string, StatementBatchRecord | undefined>
  readonly sale: DataLoader<string, SaleRecord | undefined>
  /** Of the viewer. */
  readonly notification: DataLoader<string, StoredNotification | undefined>
  /** By UUID, as all below; who may see a store is asked where its answer is made. */
  readonly store: DataLoader<string, StoreRecord | undefined>
  /** Removed ones too. */
  readonly product: DataLoader<string, ProductRecord | undefined>
  readonly order: DataLoader<string, OrderRecord | undefined>
  readonly customer: DataLoader<string, CustomerRecord | undefined>
  /** By product. */
  readonly variants: DataLoader<string, readonly VariantRecord[]>
  /** By store: what is not done, what matters most first. */
  readonly activeOperations: DataLoader<string, readonly ActiveOperation[]>
  /** By store. */
  readonly agent: DataLoader<string, AgentRecord | undefined>
  /** Of the viewer's own chats. */
  readonly chatMessage: DataLoader<string, ChatMessageRecord | undefined>
}

const createLoaders = ({ imports, sales, stores, notifications }: GraphqlServices, viewer: Viewer | null): Loaders => ({
  batch: new DataLoader((ids) => imports.batchesByIds(ids)),
  batchOfOperation: new DataLoader((ids) => imports.batchesByOperationIds(ids)),
  sale: new DataLoader((ids) => sales.salesByIds(ids)),
  notification: new DataLoader(async (ids) => (viewer ? notifications.inbox.byIds(viewer.id, ids) : ids.map(() => undefined))),
  store: new DataLoader((ids) => stores.storesByIds(ids)),
  product: new DataLoader((ids) => stores.catalogue.findProducts(ids)),
  order: new DataLoader((ids) => stores.catalogue.findOrders(ids)),
  customer: new DataLoader((ids) => stores.catalogue.findCustomers(ids)),
  variants: new DataLoader((ids) => stores.catalogue.findVariants(ids)),
  activeOperations: new DataLoader((ids) => stores.activeOperations(ids)),
  agent: new DataLoader((ids) => stores.agents.byStoreIds(ids)),
  chatMessage: new DataLoader(async (ids) => (viewer ? stores.chat.byIds(viewer.id, ids) : ids.map(() => undefined))),
})

/** Makes the context of one operation, and of each event of a subscription: what is cached by context must not outlive it. */
export const createContextFactory =
  (services: GraphqlServices) =>
  (viewer: Viewer | null): Context => ({ viewer, services, loaders: createLoaders(services, viewer) })
