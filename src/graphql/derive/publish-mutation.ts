import { InvalidInputError } from '../../base/errors.ts'
import type { PublishOutcome } from '../../events/business-events.ts'
import { toCursor } from '../../events/cursor.ts'
import type { EventsDefinition } from '../../events/define-events.ts'
import { demandPublisher } from '../authorize.ts'
import type { Builder, BusinessEventFrame } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { answer, type EventIdempotencyConflictRefusal, type ForbiddenRefusal, type InvalidInputRefusal } from '../refusals.ts'
import { fromApi } from './convert.ts'
import type { DerivedTypes } from './derived-types.ts'
import type { KindEnumRef } from './events.ts'
import type { BusinessEventRef } from './events-extras.ts'
import { eventNameOf, eventsFieldNameOf, publishInputNameOf, publishNameOf, publishPayloadNameOf, publishResultNameOf } from './names.ts'
import type { Shape } from './shape.ts'

export interface PublishMutationParams {
  readonly definition: EventsDefinition
  readonly kind: KindEnumRef
  readonly event: BusinessEventRef
  readonly data: Extract<Shape, { kind: 'object' }>
}

interface PublishPayload {
  readonly __typename: string
  readonly frame: BusinessEventFrame
  readonly replayed: boolean
}

type PublishResult = PublishPayload | InvalidInputRefusal | ForbiddenRefusal | EventIdempotencyConflictRefusal

/** The typed publish mutation of business events that some role may publish. */
export function addPublishMutation(builder: Builder, types: DerivedTypes, params: PublishMutationParams): void {
  const { definition, kind, data } = params
  const { name } = definition
  const input = builder.inputType(publishInputNameOf(name), {
    description: `Input of ${publishNameOf(name)}.`,
    fields: (t) => ({
      type: t.field({ type: kind, required: true, description: 'What happened.' }),
      data: t.field({ type: types.input(data), required: true, description: 'What there is to tell.' }),
      idempotencyKey: t.string({
        description:
          'At most 200 characters. Same key and same input: the first event again, with replayed: true. Same key, other input: EventIdempotencyConflictError.',
      }),
    }),
  })
  const result = addResult(builder, params)
  builder.mutationField(publishNameOf(name), (t) =>
    t.field({
      type: result,
      description: `Publishes an event to all who follow ${eventsFieldNameOf(name)}. For ${definition.publishableBy.join(', ')}.`,
      args: { input: t.arg({ type: input, required: true, description: 'The event, and a key that makes it safe to repeat.' }) },
      gate: definition.gate ?? 'api',
      // Nothing is looked up, so nothing can be missing.
      resolve: (_root, args, context) => answer(() => publish(context, params, args.input)) as Promise<PublishResult>,
    }),
  )
}

function addResult(builder: Builder, { definition: { name }, event }: PublishMutationParams) {
  const payload = builder.objectRef<PublishPayload>(publishPayloadNameOf(name)).implement({
    description: 'The event as everybody sees it.',
    fields: (t) => ({
      event: t.field({ type: event, description: 'The event.', resolve: ({ frame }) => frame }),
      cursor: t.field({ type: 'Cursor', description: 'Where it stands in its stream.', resolve: ({ frame }) => frame.cursor }),
      replayed: t.exposeBoolean('replayed', { description: 'True when nothing was published now: the same request came before.' }),
    }),
  })
  return builder.unionType(publishResultNameOf(name), {
    description: `What ${publishNameOf(name)} answers with: the event, or why there is none.`,
    types: [payload, 'InvalidInputError', 'ForbiddenError', 'EventIdempotencyConflictError'],
    resolveType: (value) => value.__typename,
  })
}

interface PublishInput {
  readonly type: string
  readonly data: object
  readonly idempotencyKey?: string | null | undefined
}

async function publish(context: Context, { definition, data: shape }: PublishMutationParams, input: PublishInput) {
  const { actor } = demandPublisher(context, definition)
  checkInput((check) => {
    check.text('input.idempotencyKey', input.idempotencyKey, { from: 1, to: LIMITS.idempotencyKey })
    check.json('input.data', input.data)
  })
  const converted = fromApi(shape, input.data, 'input.data')
  if (converted.issues.length > 0) throw new InvalidInputError(converted.issues)
  const event = { type: input.type, data: converted.value as Record<string, unknown>, actor, idempotencyKey: input.idempotencyKey ?? undefined }
  return toResult(definition, await belowInput(() => context.services.events.publish(definition, event)))
}

/** The definition names paths from `data` on. */
async function belowInput<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new InvalidInputError(error.issues.map((issue) => ({ ...issue, path: `input.${issue.path}` })))
  }
}

function toResult({ name }: EventsDefinition, outcome: PublishOutcome): PublishPayload | EventIdempotencyConflictRefusal {
  const { event } = outcome
  const cursor = toCursor({ stream: event.stream, seq: event.seq })
  if (outcome.kind === 'published') {
    return { __typename: publishPayloadNameOf(name), frame: { kind: 'event', cursor, event, subject: null }, replayed: outcome.replayed }
  }
  return {
    __typename: 'EventIdempotencyConflictError',
    code: 'IDEMPOTENCY_CONFLICT',
    message: `This idempotency key was used before to publish another ${eventNameOf(name)}. Use a new key for a new event.`,
    cursor,
  }
}
