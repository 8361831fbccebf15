import type { Clock } from '../../base/clock.ts'
import { NOT_YET, OVER, type PullSource } from '../../events/pull-iterator.ts'
import type { OperationRecord } from '../records.ts'
import { Conflation } from './conflation.ts'
import type { Follower, SharedRecords } from './shared-records.ts'

export interface WatcherParams {
  readonly records: SharedRecords
  readonly clock: Clock
  readonly minIntervalMs: number
  readonly isDone: (record: OperationRecord) => boolean
  readonly matches: (record: OperationRecord) => boolean
  /** Go on after the end, for what may begin again; and end when the operation is gone. */
  readonly single: boolean
  /** Subscribes, then reads what there is; resolves to what ends the subscription. Answers `undefined` when there is nothing to watch. */
  readonly open: (watcher: Watcher) => Promise<(() => void) | undefined>
  readonly onClose: (watcher: Watcher) => void
}

interface Sent {
  readonly version: number
  readonly revision: number
  readonly atMs: number
}

/** Beyond so many changes that wait for a slow client, operations that it has never seen are left out until they change again. */
const WAITING_LIMIT = 10_000

/**
 * A latest-only subscriber: ids of operations that changed, never a queue of changes. Whatever was sent as unfinished is
 * followed until its end is sent, or until it was sent once more after it stopped matching: so no bar freezes.
 */
export class Watcher implements PullSource<OperationRecord>, Follower {
  readonly #params: WatcherParams
  readonly #conflation: Conflation
  readonly #sent = new Map<string, Sent>()
  /** Followed, but not sent yet. */
  readonly #unsent = new Set<string>()
  #leave: (() => void) | undefined
  #isOpen = false
  #closed = false
  #wake: () => void = () => undefined
  #failure: { readonly error: unknown } | undefined

  constructor(params: WatcherParams) {
    this.#params = params
    this.#conflation = new Conflation(params.clock, () => this.#wake())
  }

  open(wake: () => void): void {
    this.#wake = wake
    this.#begin().catch((error: unknown) => {
      this.#failure ??= { error }
      this.#wake()
    })
  }

  take(): OperationRecord | typeof NOT_YET | typeof OVER {
    if (this.#failure) throw this.#failure.error
    if (this.#closed) return OVER
    if (!this.#isOpen) return NOT_YET
    const record = this.#take()
    // The filter of this subscriber may have failed meanwhile.
    if (this.#failure) throw (this.#failure as { readonly error: unknown }).error
    return record ?? NOT_YET
  }

  /** Ends it, and releases everything at once. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const { records, onClose } = this.#params
    this.#conflation.clear()
    for (const id of [...this.#sent.keys(), ...this.#unsent]) records.unfollow(id, this)
    this.#sent.clear()
    this.#unsent.clear()
    this.#leave?.()
    onClose(this)
    this.#wake()
  }

  /** Follows an operation before there is a record of it. */
  begin(id: string): void {
    if (this.#closed) return
    this.#unsent.add(id)
    this.#params.records.follow(id, this)
  }

  changed(id: string, record: OperationRecord | undefined): void {
    if (record) this.offer(record)
    else if (this.#params.single) this.close()
    else this.#forget(id)
  }

  /** Takes note of a record, if it is news to this subscriber. */
  offer(record: OperationRecord): void {
    if (this.#closed) return
    const { clock, minIntervalMs, isDone } = this.#params
    const sent = this.#sent.get(record.id)
    if (sent && record.version <= sent.version && record.progress.revision <= sent.revision) return
    if (!sent && !this.#unsent.has(record.id)) {
      if (this.#conflation.size >= WAITING_LIMIT || !this.#matches(record)) return
      this.begin(record.id)
    }
    const now = clock.monotonic()
    // The end is not kept waiting.
    this.#conflation.mark(record.id, sent && !isDone(record) ? sent.atMs + minIntervalMs : now)
  }

  async #begin(): Promise<void> {
    const leave = await this.#params.open(this)
    if (this.#closed) return leave?.()
    this.#isOpen = true
    if (!leave) return this.close()
    this.#leave = leave
    this.#wake()
  }

  #take(): OperationRecord | undefined {
    const { clock, records, single, isDone } = this.#params
    for (let id = this.#conflation.take(); id !== undefined; id = this.#conflation.take()) {
      const record = records.get(id)
      const matching = record !== undefined && this.#matches(record)
      // It stopped matching before it was ever shown.
      if (!record || (!matching && !this.#sent.has(id))) {
        this.#forget(id)
        continue
      }
      this.#unsent.delete(id)
      if (single || (matching && !isDone(record))) this.#sent.set(id, { version: record.version, revision: record.progress.revision, atMs: clock.monotonic() })
      else this.#forget(id)
      return record
    }
    return undefined
  }

  /** A filter that throws fails its own reader, not those who are told after it. */
  #matches(record: OperationRecord): boolean {
    try {
      return this.#params.matches(record)
    } catch (error) {
      this.#failure ??= { error }
      this.#wake()
      return false
    }
  }

  #forget(id: string): void {
    this.#conflation.drop(id)
    this.#sent.delete(id)
    this.#unsent.delete(id)
    this.#params.records.unfollow(id, this)
  }
}
