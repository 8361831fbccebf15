import { NOT_YET, OVER, type PullSource } from '../../events/pull-iterator.ts'
import type { SystemStatus } from '../compute-status.ts'
import type { StatusQuestion } from '../status-reader.ts'

/** Whose status somebody watches. */
export interface LiveQuestion extends StatusQuestion {
  /** Names what whoever asks may see: those who are equal in it see the same of every operation and of every window. */
  readonly sight: string
}

/** What a watcher is attached to while others see the same. */
export interface WatchedView {
  readonly key: string
  readonly status: SystemStatus
  join(watcher: AnyStatusWatcher): void
  leave(watcher: AnyStatusWatcher): void
}

export interface StatusWatcherParams<Value extends object> {
  readonly question: LiveQuestion
  /** What of a status is shown. */
  readonly pick: (status: SystemStatus) => Value
  /** Whether that would look the same. */
  readonly isSame: (one: Value, other: Value) => boolean
  /** Begins to watch; resolves when the watcher is attached to a view. */
  readonly begin: (watcher: AnyStatusWatcher) => Promise<void>
  readonly onClose: (watcher: AnyStatusWatcher) => void
}

export type AnyStatusWatcher = Pick<StatusWatcher<object>, 'question' | 'view' | 'attach' | 'changed' | 'close' | 'closed'>

/** A latest-only subscriber of a status: what it is given is looked up when it is taken, so a slow one skips what lies between and holds nothing. */
export class StatusWatcher<Value extends object> implements PullSource<Value> {
  readonly #params: StatusWatcherParams<Value>
  #view: WatchedView | undefined
  #closed = false
  #sent: Value | undefined
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(params: StatusWatcherParams<Value>) {
    this.#params = params
  }

  get question(): LiveQuestion {
    return this.#params.question
  }

  get view(): WatchedView | undefined {
    return this.#view
  }

  get closed(): boolean {
    return this.#closed
  }

  open(wake: () => void): void {
    this.#wake = wake
    this.#params.begin(this).then(
      () => this.#wake(),
      (error: unknown) => {
        this.#failure = { error }
        this.#wake()
      },
    )
  }

  take(): Value | typeof NOT_YET | typeof OVER {
    if (this.#failure) throw this.#failure.error
    if (this.#closed) return OVER
    if (!this.#view) return NOT_YET
    const current = this.#params.pick(this.#view.status)
    if (current === this.#sent || (this.#sent && this.#params.isSame(this.#sent, current))) return NOT_YET
    this.#sent = current
    return current
  }

  /** Moves it to a view; the one before is left. */
  attach(view: WatchedView | undefined): void {
    if (view === this.#view) return
    this.#view?.leave(this)
    this.#view = view
    view?.join(this)
  }

  /** What it shows may have changed. */
  changed(): void {
    if (!this.#closed) this.#wake()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.attach(undefined)
    this.#params.onClose(this)
    this.#wake()
  }
}
