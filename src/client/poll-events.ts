import { frameOf, POLLED, pollEvents, rootField } from './poll-document.ts'
import { type PreparedDocument, responseKeyOf } from './prepare-document.ts'
import type { Result } from './transport.ts'

/** What one look at the server gives. */
export interface Look {
  readonly results: readonly Result[]
  /** `now`: more is waiting already. `over`: nothing will follow. */
  readonly next: 'now' | 'later' | 'over'
  /** True when it is done for now, and only a retry would change it. */
  readonly isQuiet?: boolean
}

type Json = Readonly<Record<string, unknown>>

interface EventPage {
  readonly edges: readonly { readonly node: Json }[]
  readonly pageInfo: { readonly hasNextPage: boolean }
}

/** Turns pages of an operation's history into the frames that `operationEvents` would send. */
export class PolledEvents {
  readonly #prepared: PreparedDocument
  readonly #follow: boolean
  readonly poll: ReturnType<typeof pollEvents>
  #lastSeq: number | undefined
  #replayed = 0
  #isCaughtUp = false
  #isLost = false

  constructor(prepared: PreparedDocument, follow: boolean) {
    this.#prepared = prepared
    this.#follow = follow
    this.poll = pollEvents(prepared)
  }

  /** True when the cursor is of no use: a snapshot is wanted. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** The server did not take the cursor. */
  refused(cursor: unknown): Look {
    this.#isLost = true
    return { results: [this.#frame('StreamGap', { cursor, reason: 'UNKNOWN_CURSOR' })], next: 'now' }
  }

  read(operation: Json): Look {
    const page = operation[POLLED.events] as EventPage | undefined
    const events = page?.edges.map((edge) => edge.node) ?? []
    const first = seqOf(events[0])
    const isTorn = this.#lastSeq !== undefined && first !== undefined && first > this.#lastSeq + 1
    if (!page || isTorn) return this.#snapshot(operation, isTorn)
    this.#lastSeq = seqOf(events.at(-1)) ?? this.#lastSeq
    this.#replayed += events.length
    const { hasNextPage } = page.pageInfo
    const key = responseKeyOf(rootField(this.#prepared))
    const caughtUp = hasNextPage ? [] : this.#caughtUp(events.at(-1)?.['cursor'] ?? operation[POLLED.cursor])
    const results = [...events.map((event) => ({ data: { [key]: event } })), ...caughtUp]
    const isOver = operation[POLLED.done] === true && !hasNextPage && !this.#follow
    return { results, next: hasNextPage ? 'now' : isOver ? 'over' : 'later', isQuiet: operation[POLLED.done] === true }
  }

  #snapshot(operation: Json, isTorn: boolean): Look {
    const cursor = operation[POLLED.cursor]
    const gap = isTorn ? [this.#frame('StreamGap', { cursor, reason: 'RETENTION' })] : []
    this.#lastSeq = undefined
    this.#isLost = false
    // Events that came while this was read follow with the next look.
    return { results: [...gap, this.#frame('OperationSnapshot', { cursor, operation }), ...this.#caughtUp(cursor)], next: 'now' }
  }

  #caughtUp(cursor: unknown): readonly Result[] {
    if (this.#isCaughtUp) return []
    this.#isCaughtUp = true
    return [this.#frame('StreamCaughtUp', { cursor, replayed: this.#replayed })]
  }

  #frame(type: string, values: Json): Result {
    return { data: frameOf(this.#prepared, type, { ...values, __typename: type }) }
  }
}

const seqOf = (event: Json | undefined): number | undefined => (typeof event?.['seq'] === 'number' ? event['seq'] : undefined)
