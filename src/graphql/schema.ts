import type { GraphQLSchema } from 'graphql'
import type { Registry } from '../engine/registry.ts'
import type { EventsDefinition } from '../events/define-events.ts'
import { createBuilder } from './builder.ts'
import { DerivedTypes } from './derive/derived-types.ts'
import { addDerivedEvents, eventNamesOf } from './derive/events.ts'
import { addDerivedOperations } from './derive/operations.ts'
import { addEnums } from './enums.ts'
import { addErrors } from './errors.ts'
import { addExternalMutations } from './external-mutations.ts'
import { addImports } from './imports/imports.ts'
import { addNodeQueries } from './node-queries.ts'
import { addDeliveries } from './notifications/deliveries.ts'
import { addNotifications } from './notifications/notifications.ts'
import { addOperationFilter } from './operation-filter.ts'
import { addOperationMutations } from './operation-mutations.ts'
import { addOperationParts } from './operation-parts.ts'
import { addOperationQueries } from './operation-queries.ts'
import { addOperationResults } from './operation-results.ts'
import { addOperationSubscriptions } from './operation-subscriptions.ts'
import { addOperationInterface } from './operation-types.ts'
import { addPageInfo } from './pages.ts'
import { addRevocations } from './revocations.ts'
import { addSales } from './sales/sales.ts'
import { addScalars } from './scalars.ts'
import { addStatus } from './status/status.ts'
import { addStores } from './stores/stores.ts'
import { addStreamTypes } from './stream-types.ts'
import { addViewer } from './viewer.ts'

/** The schema of the registered definitions, of operations and of business events. Throws, with a sentence, when one of them can't be shown. Needs no database. */
export function createSchema(registry: Registry, events: readonly EventsDefinition[] = []): GraphQLSchema {
  const builder = createBuilder()
  builder.queryType({ description: 'Reads. Everything demands a signed-in viewer and shows what this viewer may see.' })
  builder.mutationType({ description: 'Changes. Expected refusals are members of the result unions.' })
  builder.subscriptionType({ description: 'Live streams, over WebSocket (graphql-transport-ws) and SSE.' })
  addScalars(builder)
  addEnums(builder, registry)
  addErrors(builder)
  addPageInfo(builder)
  addOperationParts(builder)
  addOperationInterface(builder)
  addStreamTypes(builder, eventNamesOf(events))
  addOperationResults(builder)
  addViewer(builder)
  const status = addStatus(builder)
  const imports = addImports(builder)
  const sales = addSales(builder)
  const types = new DerivedTypes(builder)
  const stores = addStores(builder, types)
  const deliveries = addDeliveries(builder)
  const notifications = addNotifications(builder)
  addNodeQueries(builder, { ...imports.finders, ...sales.finders, ...stores.finders, ...status.finders, ...deliveries.finders, ...notifications.finders })
  const derived = addDerivedOperations(builder, types, { registry, extras: [...imports.extras, ...stores.extras] })
  addDerivedEvents(builder, types, { definitions: events, extras: sales.eventExtras })
  const filter = addOperationFilter(builder)
  addOperationQueries(builder, filter, derived)
  addOperationMutations(builder, derived)
  addExternalMutations(builder)
  addRevocations(builder)
  addOperationSubscriptions(builder, filter)
  return builder.toSchema()
}
