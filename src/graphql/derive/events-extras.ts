import type { ObjectRef } from '@pothos/core'
import type { Builder, BusinessEventFrame } from '../builder.ts'

export type BusinessEventRef = ObjectRef<Builder['$inferSchemaTypes'], BusinessEventFrame>

/**
 * How a domain shows its business events in words of its own: fields of its own take the place of `data` (`SaleEvent.sale`). Their
 * resolvers read `frame.event.data` and nothing else, because they run for every event and group of subscribers. Optional, one file per definition.
 */
export interface EventsExtras {
  /** Name of the definition. */
  readonly name: string
  /** Adds the fields to the type of the event, by `builder.objectFields(event, …)`. */
  readonly addFields: (builder: Builder, event: BusinessEventRef) => void
}
