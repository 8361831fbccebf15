import type { OperationRecord } from '../../engine/records.ts'
import type { Audience } from '../audience.ts'
import type { CauseEngine } from '../cause.ts'
import { type ExpectedEnd, expectedEnd } from '../expected-end.ts'
import { isSameEnd } from './same-status.ts'
import type { SharedView } from './shared-view.ts'
import type { AnyStatusWatcher } from './status-watcher.ts'

export interface HeldAudienceParams {
  readonly audience: Audience
  readonly engine: CauseEngine
  /** The database's clock, milliseconds since the epoch. */
  readonly now: () => number
  /** Follows an operation until the returned function is called. */
  readonly follow: (id: string) => () => void
  /** Operations came or went. */
  readonly onMembers: (audience: HeldAudience) => void
  /** One that is shown changed. */
  readonly onChange: (audience: HeldAudience) => void
}

interface Held {
  record: OperationRecord
  /** When it is expected to end, as was last told. */
  end: ExpectedEnd
  /** Number of the reading or of the hint that brought it. */
  readonly since: number
  /** Ends its following; undefined: that failed, and is to be tried again. */
  leave: (() => void) | undefined
}

/** More than are read for an audience at once. Beyond it the next reading decides which are the most restrictive. */
const MOST_HELD = 100
/** Operations that went while a reading was under way that may still have them. */
const REMEMBERED = 200

/** What an instance holds of one audience while somebody watches it: the unfinished operations that affect it, each followed until its end. */
export class HeldAudience {
  readonly watchers = new Set<AnyStatusWatcher>()
  readonly views = new Set<SharedView>()
  readonly #params: HeldAudienceParams
  readonly #held = new Map<string, Held>()
  readonly #gone = new Map<string, number>()
  #records: readonly OperationRecord[] | undefined

  constructor(params: HeldAudienceParams) {
    this.#params = params
  }

  get audience(): Audience {
    return this.#params.audience
  }

  /** Operations that affect it now, in the order of their ids. */
  get operations(): readonly OperationRecord[] {
    this.#records ??= [...this.#held.values()].map(({ record }) => record).toSorted((left, right) => (left.id < right.id ? -1 : 1))
    return this.#records
  }

  get size(): number {
    return this.#held.size
  }

  has(id: string): boolean {
    return this.#held.has(id)
  }

  /** Takes what a reading, which began as number `readNo` of all that happens here, found: all that there is. */
  take(records: readonly OperationRecord[], readNo: number): void {
    const found = new Set(records.map(({ id }) => id))
    for (const [id, { since }] of this.#held) if (since < readNo && !found.has(id)) this.drop(id, readNo)
    for (const record of records) this.put(record, readNo)
  }

  /** Takes one that affects it; what was known to have gone after the reading began stays away. */
  put(record: OperationRecord, readNo: number): void {
    if (this.#held.has(record.id)) this.update(record)
    else if ((this.#gone.get(record.id) ?? -1) <= readNo && this.#held.size < MOST_HELD) this.#add(record, readNo)
  }

  /** Takes a newer state of one that it has. Progress is told of only when it moves the end far enough to matter. */
  update(record: OperationRecord): void {
    const held = this.#held.get(record.id)
    if (!held) return
    held.leave ??= this.#params.follow(record.id)
    const known = held.record
    if (record.version < known.version || (record.version === known.version && record.progress.revision < known.progress.revision)) return
    const end = this.#endOf(record)
    const isNews = record.version > known.version || !isSameEnd(held.end, end, this.#params.now())
    held.record = record
    this.#records = undefined
    if (!isNews) return
    held.end = end
    this.#params.onChange(this)
  }

  /** It is not followed any more, though it may go on: the next reading has it followed again. */
  lost(id: string): void {
    const held = this.#held.get(id)
    held?.leave?.()
    if (held) held.leave = undefined
  }

  /** One has ended. */
  drop(id: string, sinceNo: number): void {
    const held = this.#held.get(id)
    this.#remember(id, sinceNo)
    if (!held) return
    this.#held.delete(id)
    this.#records = undefined
    held.leave?.()
    this.#params.onMembers(this)
  }

  /** Nobody watches it any more. */
  close(): void {
    for (const { leave } of this.#held.values()) leave?.()
    this.#held.clear()
    this.#records = undefined
  }

  #add(record: OperationRecord, since: number): void {
    const { id } = record
    this.#held.set(id, { record, end: this.#endOf(record), since, leave: this.#params.follow(id) })
    this.#records = undefined
    this.#params.onMembers(this)
  }

  #remember(id: string, sinceNo: number): void {
    this.#gone.delete(id)
    this.#gone.set(id, sinceNo)
    const [oldest] = this.#gone.keys()
    if (this.#gone.size > REMEMBERED && oldest !== undefined) this.#gone.delete(oldest)
  }

  #endOf(record: OperationRecord): ExpectedEnd {
    return expectedEnd(record, this.#params.engine.progressOf(record), this.#params.now())
  }
}
