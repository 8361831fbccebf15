import type { Clock } from '../../base/clock.ts'
import { markSameForAll } from '../../base/same-for-all.ts'
import type { SystemStatus } from '../compute-status.ts'
import { isAsRestrictive, isSameAccess, isSameStatus } from './same-status.ts'
import type { AnyStatusWatcher, WatchedView } from './status-watcher.ts'

/** A view shows something new at most so often, unless people may do more or less than before. */
const SHOW_EVERY_MS = 1_000
/** An expected end is looked at again when it has passed. */
const PASSED_MS = 20

export interface SharedViewParams {
  readonly key: string
  readonly clock: Clock
  /** The database's clock, milliseconds since the epoch. */
  readonly now: () => number
  readonly compute: () => SystemStatus
  readonly onEmpty: (view: SharedView) => void
}

/** The status that all who see the same share: one object, so that it is shown and encoded once for all of them. */
export class SharedView implements WatchedView {
  readonly #params: SharedViewParams
  readonly #watchers = new Set<AnyStatusWatcher>()
  #status: SystemStatus
  #shownAt: number
  #timer: (() => void) | undefined

  constructor(params: SharedViewParams) {
    this.#params = params
    this.#status = marked(params.compute())
    this.#shownAt = params.clock.monotonic()
    this.#wait(this.#untilPassed())
  }

  get key(): string {
    return this.#params.key
  }

  get status(): SystemStatus {
    return this.#status
  }

  join(watcher: AnyStatusWatcher): void {
    this.#watchers.add(watcher)
  }

  leave(watcher: AnyStatusWatcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return
    this.#timer?.()
    this.#params.onEmpty(this)
  }

  /** Computes the status again, and shows it if it is news. */
  look(): void {
    if (this.#watchers.size === 0) return
    const { clock, now } = this.#params
    const next = this.#params.compute()
    const nowMs = now()
    const waitMs = this.#shownAt + SHOW_EVERY_MS - clock.monotonic()
    if (isSameStatus(this.#status, next, nowMs)) this.#wait(this.#untilPassed())
    else if (waitMs > 0 && isAsRestrictive(this.#status, next)) this.#wait(waitMs)
    else this.#show(next, nowMs)
  }

  #show(next: SystemStatus, nowMs: number): void {
    const before = this.#status
    // What did not change stays the same object: whoever watches one feature is not told of another.
    const features = next.features.map((access, index) => {
      const known = before.features[index]
      return known && isSameAccess(known, access, nowMs) ? known : access
    })
    this.#status = marked({ ...next, features })
    this.#shownAt = this.#params.clock.monotonic()
    this.#wait(this.#untilPassed())
    for (const watcher of this.#watchers) watcher.changed()
  }

  /** Milliseconds until the next expected end passes. */
  #untilPassed(): number {
    const ends = this.#status.causes.flatMap(({ until }) => (until ? [until.getTime()] : []))
    return Math.min(...ends) - this.#params.now() + PASSED_MS
  }

  #wait(ms: number): void {
    this.#timer?.()
    this.#timer = Number.isFinite(ms) ? this.#params.clock.after(Math.max(ms, PASSED_MS), () => this.look()) : undefined
  }
}

/** A status that shows no operation to anybody looks the same to all: whoever may see more is given another one. */
function marked(status: SystemStatus): SystemStatus {
  const showsNone = (causes: SystemStatus['causes']) => causes.every(({ operation }) => operation === null)
  for (const access of status.features) if (showsNone(access.causes)) markSameForAll(access)
  return showsNone(status.causes) ? markSameForAll(status) : status
}
