import type { ApiClient } from './api-client.ts'

const FOLLOW = `subscription Follow($operationId: ID!, $after: Cursor, $follow: Boolean) {
  operationEvents(operationId: $operationId, after: $after, follow: $follow) {
    __typename
    cursor
    ... on OperationSnapshot { operation { version } }
    ... on OperationEvent { seq type data }
  }
}`

interface Frame {
  readonly operationEvents: {
    readonly __typename: 'OperationSnapshot' | 'OperationEvent' | 'StreamCaughtUp' | 'StreamGap'
    readonly cursor: string
    readonly operation?: { readonly version: number }
    readonly seq?: number
    readonly type?: string
    readonly data?: Readonly<Record<string, unknown>>
  }
}

export interface FollowedEvent {
  readonly seq: number
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * What one client learns of one operation through `operationEvents`, however often its connection is cut: each `follow` goes
 * on after the last cursor, on whatever instance.
 */
export class EventFollower {
  readonly #operationId: string
  readonly #follow: boolean
  readonly events: FollowedEvent[] = []
  gaps = 0
  /** Version of the first snapshot: events up to it came before this client did. */
  startedAt: number | undefined
  #after: string | undefined

  /** With a cursor (that of a payload, for example) it begins there instead of with a snapshot. */
  constructor(operationId: string, options: { readonly after?: string; readonly follow?: boolean } = {}) {
    this.#operationId = operationId
    this.#follow = options.follow ?? false
    this.#after = options.after
  }

  get types(): readonly string[] {
    return this.events.map((event) => event.type)
  }

  /** Reads until the stream ends (true) or its connection breaks (false). `cutAfter`: cuts the connection itself after so many frames. */
  async follow(client: ApiClient, cutAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
    const stream = client.watch<Frame, object>(FOLLOW, { operationId: this.#operationId, after: this.#after, follow: this.#follow })
    let frames = 0
    try {
      for await (const frame of stream) {
        this.#take(frame.operationEvents)
        frames += 1
        if (frames >= cutAfter) {
          stream.cut()
          return false
        }
      }
      return true
    } catch {
      return false
    } finally {
      await stream.end().catch(() => undefined)
    }
  }

  #take(frame: Frame['operationEvents']): void {
    this.#after = frame.cursor
    if (frame.__typename === 'StreamGap') this.gaps += 1
    if (frame.__typename === 'OperationSnapshot') this.startedAt ??= frame.operation?.version
    if (frame.seq !== undefined && frame.type !== undefined) this.events.push({ seq: frame.seq, type: frame.type, data: frame.data ?? {} })
  }
}
