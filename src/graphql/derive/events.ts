import { namedStream } from '../../base/ids.ts'
import type { EventsDefinition } from '../../events/define-events.ts'
import { demandFollower } from '../authorize.ts'
import type { Builder, BusinessEventFrame } from '../builder.ts'
import type { DerivedTypes } from './derived-types.ts'
import type { BusinessEventRef, EventsExtras } from './events-extras.ts'
import { capitalized, eventDataNameOf, eventNameOf, eventsFieldNameOf, eventTypeNameOf } from './names.ts'
import { addPublishMutation } from './publish-mutation.ts'
import { objectShapeOf, type Shape } from './shape.ts'

/** Definitions of business events as API: each gives its event type, the enum of its kinds, its subscription and, where roles may, its publish mutation. */
export interface DerivedEventsParams {
  readonly definitions: readonly EventsDefinition[]
  readonly extras: readonly EventsExtras[]
}

/** The type that shows the events of each stream, by the stream's key. */
export const eventNamesOf = (definitions: readonly EventsDefinition[]): ReadonlyMap<string, string> =>
  new Map(definitions.map((definition) => [namedStream(definition.stream), eventNameOf(definition.name)]))

/** Throws, with a sentence, when a definition uses what the API can't derive. */
export function addDerivedEvents(builder: Builder, types: DerivedTypes, { definitions, extras }: DerivedEventsParams): void {
  const byName = new Map(extras.map((extra) => [extra.name, extra]))
  for (const definition of definitions) {
    if (definition.name === 'OPERATION') throw new Error('events OPERATION: this name is taken by the events of operations; call them something else')
    const extra = byName.get(definition.name)
    const publishable = definition.publishableBy.length > 0
    // What nobody shows and nobody sends need not be something that the API can show.
    const data = extra && !publishable ? undefined : dataShapeOf(definition)
    const kind = addKindEnum(builder, definition)
    const event = addEventType(builder, definition, kind)
    if (extra) extra.addFields(builder, event)
    else if (data) addDataField(builder, event, types.object(data))
    addSubscription(builder, definition)
    if (publishable && data) addPublishMutation(builder, types, { definition, kind, event, data })
  }
  if (definitions.some((definition) => definition.publishableBy.length > 0)) addConflictError(builder)
}

function dataShapeOf({ name, data }: EventsDefinition): Extract<Shape, { kind: 'object' }> {
  const shape = objectShapeOf(data, { path: `${name} data`, typeName: eventNameOf(name) })
  const secret = shape.fields.find((field) => field.writeOnly)
  if (secret) throw new Error(`${name} data.${secret.name}: events show all of their data, so none of it can be writeOnly`)
  return { ...shape, name: eventDataNameOf(name), description: data.description ?? `What an event of ${eventsFieldNameOf(name)} tells.` }
}

export type KindEnumRef = ReturnType<typeof addKindEnum>

function addKindEnum(builder: Builder, { name, types }: EventsDefinition) {
  const values = Object.entries(types).map(([type, description]) => [type, { value: type, description }] as const)
  return builder.enumType(eventTypeNameOf(name), { description: `The kinds of events of ${eventsFieldNameOf(name)}.`, values: Object.fromEntries(values) })
}

function addEventType(builder: Builder, { name, description }: EventsDefinition, kind: KindEnumRef): BusinessEventRef {
  return builder.objectRef<BusinessEventFrame>(eventNameOf(name)).implement({
    description,
    interfaces: ['StreamFrame'],
    fields: (t) => ({
      seq: t.int({ description: '1, 2, 3 … without a hole: a client can prove that it lost nothing.', resolve: (frame) => frame.event.seq }),
      type: t.field({ type: kind, description: 'What happened.', resolve: (frame) => frame.event.type }),
      occurredAt: t.field({ type: 'DateTime', description: 'When.', resolve: (frame) => frame.event.at }),
      actor: t.field({ type: 'Actor', nullable: true, description: 'Who or what caused it; null where nobody did.', resolve: (frame) => frame.event.actor }),
    }),
  })
}

function addDataField(builder: Builder, event: BusinessEventRef, type: ReturnType<DerivedTypes['object']>): void {
  builder.objectField(event, 'data', (t) => t.field({ type, description: 'What it tells.', resolve: (frame) => frame.event.data }))
}

function addSubscription(builder: Builder, definition: EventsDefinition): void {
  const { name, description, readableBy } = definition
  builder.subscriptionField(eventsFieldNameOf(name), (t) =>
    t.field({
      type: 'StreamFrame',
      description: `LOSSLESS, in order, resumable with \`after\` on any instance; gives ${capitalized(eventNameOf(name))}s. For ${readableBy.join(', ')}. ${description}`,
      args: {
        after: t.arg({
          type: 'Cursor',
          description: 'The last cursor that was received: what follows it is replayed, then live. Absent: live from now on, after a StreamCaughtUp.',
        }),
      },
      subscribe: (_root, { after }, context) => {
        demandFollower(context, definition)
        return context.services.events.feed(definition, { after: after ?? undefined })
      },
      resolve: (frame) => frame,
    }),
  )
}

function addConflictError(builder: Builder): void {
  builder.objectType('EventIdempotencyConflictError', {
    description: 'The idempotency key was used before to publish something else. Keys are scoped by publisher and stream.',
    interfaces: ['Error'],
    fields: (t) => ({ cursor: t.field({ type: 'Cursor', description: 'Where the event stands that used the key.', resolve: (refusal) => refusal.cursor }) }),
  })
}
