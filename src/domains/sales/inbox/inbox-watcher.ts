import { NOT_YET, OVER, type PullSource } from '../../../events/pull-iterator.ts'
import { isSameInbox, type SalesInboxRecord } from './inbox-record.ts'

export interface InboxWatcherParams {
  /** Begins to watch; resolves when `current` answers. */
  readonly begin: (watcher: InboxWatcher) => Promise<void>
  readonly current: () => SalesInboxRecord | undefined
  readonly onClose: (watcher: InboxWatcher) => void
}

/** A latest-only subscriber of one badge: what it is given is read when it is taken, so a slow one skips what lies between. */
export class InboxWatcher implements PullSource<SalesInboxRecord> {
  readonly #params: InboxWatcherParams
  #begun = false
  #closed = false
  #sent: SalesInboxRecord | undefined
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(params: InboxWatcherParams) {
    this.#params = params
  }

  open(wake: () => void): void {
    this.#wake = wake
    this.#params.begin(this).then(
      () => {
        this.#begun = true
        this.#wake()
      },
      (error: unknown) => {
        this.#failure = { error }
        this.#wake()
      },
    )
  }

  take(): SalesInboxRecord | typeof NOT_YET | typeof OVER {
    if (this.#failure) throw this.#failure.error
    if (this.#closed) return OVER
    const current = this.#begun ? this.#params.current() : undefined
    if (!current || (this.#sent && isSameInbox(this.#sent, current))) return NOT_YET
    this.#sent = current
    return current
  }

  /** The badge may have changed. */
  changed(): void {
    if (!this.#closed) this.#wake()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#params.onClose(this)
    this.#wake()
  }
}
