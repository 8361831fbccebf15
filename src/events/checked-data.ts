import type { Actor } from '../base/actor.ts'
import { InvalidInputError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { EventsDefinition } from './define-events.ts'

/** An event before its definition has checked it. */
export interface GivenEvent {
  readonly type: string
  readonly data: unknown
  readonly actor: Actor | null
  readonly idempotencyKey?: string | undefined
}

/** The data as the log keeps it, with defaults filled in. Throws `InvalidInputError`, with paths from `type` and `data` on. */
export function checkedData(definition: EventsDefinition, event: GivenEvent): JsonObject {
  if (!Object.hasOwn(definition.types, event.type)) {
    throw new InvalidInputError([{ path: 'type', message: `expected one of ${Object.keys(definition.types).join(', ')}, got ${JSON.stringify(event.type)}` }])
  }
  const parsed = definition.data.safeParse(event.data)
  if (parsed.success) return parsed.data as JsonObject
  throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: ['data', ...issue.path].join('.'), message: issue.message })))
}
