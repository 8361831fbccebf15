import type { Clock } from '../base/clock.ts'
import { namedStream } from '../base/ids.ts'
import { fingerprint } from '../base/json.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { appendEvents } from './append.ts'
import type { BusinessEvents, Publish, PublishOutcome, SingleEvent } from './business-events.ts'
import { checkedData, type GivenEvent } from './checked-data.ts'
import type { EventsDefinition } from './define-events.ts'
import { readEvent, settleKey, takeKey } from './event-keys.ts'
import { EventPruner } from './event-pruner.ts'
import type { FeedFrame } from './feed.ts'
import { Feeds } from './feeds.ts'
import { EventLog } from './log.ts'

declare module '../telemetry/facts.ts' {
  interface Facts {
    /** After the commit. */
    'events.published': { readonly stream: string; readonly count: number }
  }
}

export interface BusinessEventsParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly definitions: readonly EventsDefinition[]
}

/** Business events on the log. Throws, with a sentence, when two definitions have one name or one stream. */
export function createBusinessEvents(params: BusinessEventsParams): BusinessEvents {
  refuseTwice(params.definitions, 'name')
  refuseTwice(params.definitions, 'stream')
  return new LoggedEvents(params)
}

function refuseTwice(definitions: readonly EventsDefinition[], property: 'name' | 'stream'): void {
  const seen = new Map<string, EventsDefinition>()
  for (const definition of definitions) {
    const other = seen.get(definition[property])
    if (other) throw new Error(`events ${definition.name}: the ${property} ${definition[property]} is taken by the events ${other.name}; choose another one`)
    seen.set(definition[property], definition)
  }
}

/** Carries the number of the stream's last event. */
const channelOf = (definition: EventsDefinition): string => `events:${definition.stream}`

class LoggedEvents implements BusinessEvents {
  readonly #params: BusinessEventsParams
  readonly #byStream: ReadonlyMap<string, EventsDefinition>
  readonly #feeds: Feeds<null>
  readonly #pruner: EventPruner

  constructor(params: BusinessEventsParams) {
    this.#params = params
    this.#byStream = new Map(params.definitions.map((definition) => [namedStream(definition.stream), definition]))
    this.#pruner = new EventPruner(params)
    this.#feeds = new Feeds<null>({
      bus: params.bus,
      log: new EventLog(params.database),
      clock: params.clock,
      telemetry: params.telemetry,
      // All there is to know stands in the events themselves.
      rules: { versionOf: (_subject, head) => head, isLast: () => false, isOver: () => false, hasSnapshot: false },
      loadSubject: () => Promise.resolve(null),
      listen: (stream, poke) => this.#listen(stream, poke),
    })
  }

  get definitions(): readonly EventsDefinition[] {
    return this.#params.definitions
  }

  get hubs(): number {
    return this.#feeds.hubs
  }

  prune(): Promise<PrunedBatch> {
    return this.#pruner.prune()
  }

  async start(): Promise<void> {
    await this.#feeds.start()
    await this.#pruner.start()
  }

  async stop(): Promise<void> {
    await this.#pruner.stop()
    await this.#feeds.stop()
  }

  async transaction<Result>(work: (transaction: Transaction, publish: Publish) => Promise<Result>): Promise<Result> {
    const published = new Map<EventsDefinition, { head: number; count: number }>()
    const result = await this.#params.database.transaction((transaction) =>
      work(transaction, async (definition, event) => {
        const { head } = await this.#append(transaction, definition, event)
        published.set(definition, { head, count: (published.get(definition)?.count ?? 0) + 1 })
        return head
      }),
    )
    for (const [definition, { head, count }] of published) this.#announce(definition, head, count)
    return result
  }

  async publish<Definition extends EventsDefinition>(definition: Definition, event: SingleEvent<Definition>): Promise<PublishOutcome> {
    const outcome = await this.#params.database.transaction((transaction) => this.#publishOnce(transaction, definition, event))
    if (outcome.kind === 'published' && !outcome.replayed) this.#announce(definition, outcome.event.seq, 1)
    return outcome
  }

  feed(definition: EventsDefinition, { after }: { readonly after: string | undefined }): AsyncIterableIterator<FeedFrame<null>> {
    return this.#feeds.open({ stream: this.#streamOf(definition), after, follow: true })
  }

  async #publishOnce(transaction: Transaction, definition: EventsDefinition, event: GivenEvent): Promise<PublishOutcome> {
    const { idempotencyKey } = event
    if (idempotencyKey === undefined) return this.#published(transaction, definition, event)
    const stream = this.#streamOf(definition)
    const print = fingerprint({ type: event.type, data: checkedData(definition, event) })
    const key = { stream, publisher: event.actor?.id ?? '', key: idempotencyKey }
    const taken = await takeKey(transaction, key, print)
    if (taken.seq > 0) {
      const first = await readEvent(transaction, stream, taken.seq)
      return taken.fingerprint === print ? { kind: 'published', event: first, replayed: true } : { kind: 'idempotencyConflict', event: first }
    }
    const outcome = await this.#published(transaction, definition, event)
    await settleKey(transaction, key, outcome.event.seq)
    return outcome
  }

  async #published(transaction: Transaction, definition: EventsDefinition, event: GivenEvent) {
    const { stream, head, at, data } = await this.#append(transaction, definition, event)
    return { kind: 'published', event: { stream, seq: head, type: event.type, data, actor: event.actor, at }, replayed: false } as const
  }

  async #append(transaction: Transaction, definition: EventsDefinition, event: GivenEvent) {
    this.#streamOf(definition)
    const data = checkedData(definition, event)
    const appended = await appendEvents(transaction, { name: definition.stream, events: [{ type: event.type, data, actor: event.actor }] })
    return { ...appended, data }
  }

  /** Key of the definition's stream. A definition that was not handed over at start would be followed and pruned by nobody. */
  #streamOf(definition: EventsDefinition): string {
    const stream = namedStream(definition.stream)
    if (this.#byStream.get(stream) === definition) return stream
    throw new Error(`events ${definition.name}: expected a definition that the server was started with; add it to createApp({ events })`)
  }

  #announce(definition: EventsDefinition, head: number, count: number): void {
    this.#params.telemetry.emit('events.published', { stream: definition.stream, count })
    this.#params.bus.publish(channelOf(definition), head)
  }

  #listen(stream: string, poke: (seq: number) => void): Promise<() => void> {
    const definition = this.#byStream.get(stream)
    if (!definition) throw new Error(`expected the stream of a definition, got ${stream}`)
    return this.#params.bus.subscribe(channelOf(definition), (head) => poke(Number(head)))
  }
}
