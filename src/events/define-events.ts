import type { z } from 'zod'
import type { Role } from '../base/actor.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import type { Feature } from '../base/features.ts'

/** Parameters of `defineEvents`; `Data` is what every event of the stream carries. */
export interface EventsParams<Type extends string, Data extends z.ZodObject> {
  /** UPPER_SNAKE_CASE, unique, singular: `STOCK_ALERT` gives `stockAlertEvents`, `StockAlertEvent`, `StockAlertEventType`. */
  readonly name: string
  /** Name of the stream in the log; lasting, because cursors depend on it. */
  readonly stream: string
  readonly description: string
  /** Kinds of events, UPPER_SNAKE_CASE → sentence. */
  readonly types: Readonly<Record<Type, string>>
  /** The same closed subset of zod as an operation's input. */
  readonly data: Data
  /** Who may subscribe. */
  readonly readableBy: readonly Role[]
  /** Who may publish through the API; nobody by default: then only code of the server does. */
  readonly publishableBy?: readonly Role[]
  /** The feature that publishing through the API needs, beside that of changing anything. */
  readonly gate?: Feature | undefined
  /** How long events are kept. */
  readonly retention?: Duration
}

/**
 * A kind of business events: one stream of the log, numbered without a hole, that everybody of an audience can follow and
 * resume. Whoever publishes appends in the transaction of the change that the event tells of, and doesn't know who listens.
 */
export interface EventsDefinition<Type extends string = string, Data extends z.ZodObject = z.ZodObject> {
  readonly kind: 'events'
  readonly name: string
  readonly stream: string
  readonly description: string
  readonly types: Readonly<Record<Type, string>>
  readonly data: Data
  readonly readableBy: readonly Role[]
  readonly publishableBy: readonly Role[]
  readonly gate: Feature | undefined
  readonly retentionMs: number
}

const NAME = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/
const STREAM = /^[a-z][a-z0-9:_-]{0,62}$/

/** Describes a kind of business events. Throws at start, with a sentence, when the description contradicts itself. */
export function defineEvents<const Type extends string, Data extends z.ZodObject>(params: EventsParams<Type, Data>): EventsDefinition<Type, Data> {
  const wrong = [params.name, ...Object.keys(params.types)].find((name) => !NAME.test(name))
  if (wrong !== undefined) throw new Error(`events ${params.name}: ${JSON.stringify(wrong)} is no UPPER_SNAKE_CASE name, such as STOCK_ALERT`)
  if (!STREAM.test(params.stream))
    throw new Error(`events ${params.name}: expected a stream of lower-case letters, digits, : _ or -, got ${JSON.stringify(params.stream)}`)
  if (Object.keys(params.types).length === 0) throw new Error(`events ${params.name}: types names no kind of event`)
  if (params.readableBy.length === 0) throw new Error(`events ${params.name}: readableBy names no role, so nobody could see them`)
  return {
    kind: 'events',
    name: params.name,
    stream: params.stream,
    description: params.description,
    types: params.types,
    data: params.data,
    readableBy: params.readableBy,
    publishableBy: params.publishableBy ?? [],
    gate: params.gate,
    retentionMs: parseDuration(params.retention ?? '30d'),
  }
}
