import type { Actor } from '../base/actor.ts'
import type { JsonObject } from '../base/json.ts'

/** One entry of the append-only log. */
export interface EventRecord {
  /** UUID of the operation, or the key of a named stream (`namedStream`). */
  readonly stream: string
  /** 1, 2, 3 … without a hole; the order of commits. */
  readonly seq: number
  readonly type: string
  readonly data: JsonObject
  readonly actor: Actor | null
  readonly at: Date
}
