import { isDeepStrictEqual } from 'node:util'
import { fromCursor } from '../../../src/events/cursor.ts'
import type { StoredEvent } from './story-log.ts'

export const EVENTS = `subscription ($operationId: ID!, $after: Cursor) {
  operationEvents(operationId: $operationId, after: $after) {
    __typename cursor
    ... on OperationSnapshot { operation { version } }
    ... on OperationEvent { seq type data occurredAt }
    ... on StreamGap { reason }
  }
}`

export interface EventsFrame {
  readonly __typename: 'OperationSnapshot' | 'OperationEvent' | 'StreamCaughtUp' | 'StreamGap'
  readonly cursor: string
  readonly operation?: { readonly version: number }
  readonly seq?: number
  readonly type?: string
  readonly data?: unknown
  readonly occurredAt?: string
  readonly reason?: string
}

export interface FollowedEventsParams {
  readonly operationId: string
  /** Cursor to begin after; undefined: a snapshot. */
  readonly after: string | undefined
  readonly who: string
  readonly violate: (text: string) => void
}

/** What one subscriber holds of one operation: every event after where it began, each once and in order, however often it was cut. */
export class FollowedEvents {
  readonly operationId: string
  readonly #params: FollowedEventsParams
  readonly #events: StoredEvent[] = []
  #startedAt: number | undefined
  #isOver = false

  constructor(params: FollowedEventsParams) {
    this.#params = params
    this.operationId = params.operationId
    this.#startedAt = params.after === undefined ? undefined : fromCursor(params.after)?.seq
  }

  /** True once the server said that nothing follows. */
  get isOver(): boolean {
    return this.#isOver
  }

  get count(): number {
    return this.#events.length
  }

  take(frame: EventsFrame): void {
    if (frame.__typename === 'StreamGap') this.#violate(`was told of a gap (${frame.reason})`)
    // Another one comes when it was cut before its first cursor.
    if (frame.__typename === 'OperationSnapshot' && this.#events.length === 0) this.#startedAt = frame.operation?.version
    if (frame.seq === undefined || frame.type === undefined) return
    const expected = (this.#startedAt ?? 0) + this.#events.length + 1
    if (frame.seq !== expected) this.#violate(`got event ${frame.seq} where ${expected} was due`)
    this.#events.push({ seq: frame.seq, type: frame.type, data: frame.data })
  }

  end(): void {
    this.#isOver = true
  }

  /** Compares with the log. */
  check(log: readonly StoredEvent[]): void {
    const expected = log.slice(this.#startedAt ?? 0)
    if (!this.#isOver) this.#violate(`waits for more after event ${this.#events.at(-1)?.seq ?? this.#startedAt ?? 'none'} of ${log.length}`)
    else if (!isDeepStrictEqual(this.#events, expected)) this.#violate(`holds ${briefly(this.#events)}, but the log has ${briefly(expected)}`)
  }

  #violate(text: string): void {
    this.#params.violate(`${this.#params.who}, operation ${this.operationId}: ${text}`)
  }
}

const briefly = (events: readonly StoredEvent[]): string => events.map(({ seq, type }) => `${seq} ${type}`).join(', ')
