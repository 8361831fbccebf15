import type { z } from 'zod'
import type { Actor } from '../base/actor.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import type { Service } from '../base/service.ts'
import type { Transaction } from '../database/database.ts'
import type { EventsDefinition } from './define-events.ts'
import type { FeedFrame } from './feed.ts'
import type { EventRecord } from './records.ts'

/** One event to be, of a definition's type and data. */
export interface PublishedEvent<Definition extends EventsDefinition> {
  readonly type: Extract<keyof Definition['types'], string>
  readonly data: z.output<Definition['data']>
  readonly actor: Actor | null
}

/** Appends inside a transaction; resolves to the number of the event in its stream. */
export type Publish = <Definition extends EventsDefinition>(definition: Definition, event: PublishedEvent<Definition>) => Promise<number>

/** An event that is no part of another change: published in a transaction of its own. */
export interface SingleEvent<Definition extends EventsDefinition> extends PublishedEvent<Definition> {
  /** Makes the call safe to repeat: unique among what this actor publishes to the stream, at most 200 characters. */
  readonly idempotencyKey?: string | undefined
}

/** What came of publishing a single event. `event` is the first one that was published with the key. */
export type PublishOutcome =
  | { readonly kind: 'published'; readonly event: EventRecord; readonly replayed: boolean }
  /** The key was used before with another type or other data; nothing was published. */
  | { readonly kind: 'idempotencyConflict'; readonly event: EventRecord }

/** What handlers of operations are lent. */
export type EventPublisher = Pick<BusinessEvents, 'transaction' | 'publish'>

/** Business events: what publishes them and what follows them meet only here. */
export interface BusinessEvents extends Service {
  readonly definitions: readonly EventsDefinition[]
  /**
   * Runs `work` in a transaction and, once it is committed, hints at every stream that it published to. Nothing is announced when it
   * rejects. Publish last: the stream is locked from then to the commit. `publish` rejects with `InvalidInputError` (paths from `data` on).
   */
  transaction<Result>(work: (transaction: Transaction, publish: Publish) => Promise<Result>): Promise<Result>
  /**
   * Publishes one event in a transaction of its own, so never call it inside another. With an idempotency key it happens once, however
   * often and on whatever instance it is called. Rejects with `InvalidInputError` like `publish` of a transaction.
   */
  publish<Definition extends EventsDefinition>(definition: Definition, event: SingleEvent<Definition>): Promise<PublishOutcome>
  /**
   * Lossless and resumable on any instance. Without `after` it starts with `caughtUp` at the head; a gap is followed by all that is still
   * kept (retention) or by what comes after the head. Never gives a snapshot.
   */
  feed(definition: EventsDefinition, options: { readonly after: string | undefined }): AsyncIterableIterator<FeedFrame<null>>
  /** Removes a batch of events whose retention has passed; it also happens by itself. */
  prune(): Promise<PrunedBatch>
  /** Streams that have a hub now: 0 when nobody follows any. */
  readonly hubs: number
}
