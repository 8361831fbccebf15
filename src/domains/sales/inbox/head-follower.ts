import type { Clock } from '../../../base/clock.ts'
import type { Database } from '../../../database/database.ts'
import type { BusinessEvents } from '../../../events/business-events.ts'
import type { FeedFrame } from '../../../events/feed.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import { litOf, saleEvents } from '../events.ts'
import { readHead, type SalesHead } from '../store/read-inbox.ts'

export interface HeadFollowerParams {
  readonly database: Database
  readonly events: BusinessEvents
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Key of the stream. */
  readonly stream: string
  readonly onChange: () => void
}

const RETRY_MS = 500

/**
 * The head of the sales stream while somebody watches a badge: one subscriber of the stream for the whole instance. The count comes
 * with the events; it is read only at the start and after a gap.
 */
export class HeadFollower {
  readonly #params: HeadFollowerParams
  readonly #ending = new AbortController()
  readonly #ended: Promise<void>
  #head: SalesHead | undefined
  #starting = pending()
  #feed: AsyncIterableIterator<FeedFrame<null>> | undefined

  constructor(params: HeadFollowerParams) {
    this.#params = params
    this.#ended = this.#run()
  }

  /** Resolves when the head is known; rejects when the look at it that is under way fails. It goes on trying. */
  get started(): Promise<void> {
    return this.#starting.promise
  }

  /** The last one that is known. */
  get head(): SalesHead | undefined {
    return this.#head
  }

  /** Resolves when it asks the database nothing any more. */
  stop(): Promise<void> {
    this.#ending.abort()
    void this.#feed?.return?.()
    this.#starting.resolve()
    return this.#ended
  }

  async #run(): Promise<void> {
    const { clock, telemetry } = this.#params
    while (!this.#ending.signal.aborted) {
      try {
        await this.#follow()
      } catch (error) {
        if (this.#ending.signal.aborted) return
        const { reject } = this.#starting
        this.#starting = pending()
        reject(error)
        telemetry.emit('failure.contained', { where: 'sales.inbox', error })
      }
      await clock.sleep(RETRY_MS, this.#ending.signal)
    }
  }

  async #follow(): Promise<void> {
    const { database, events, stream, onChange } = this.#params
    const feed = events.feed(saleEvents, { after: undefined })
    this.#feed = feed
    let lost = true
    try {
      for (let step = await feed.next(); !step.done; step = await feed.next()) {
        const frame = step.value
        if (frame.kind === 'gap') lost = true
        else if (frame.kind === 'event') this.#advance({ seq: frame.event.seq, lit: litOf(frame.event.data) })
        else if (lost) {
          lost = false
          // The database may have been restored: what it says now holds, also when it is less.
          this.#head = await readHead(database, stream)
          this.#starting.resolve()
        }
        onChange()
      }
    } finally {
      void feed.return?.()
    }
  }

  #advance(head: SalesHead): void {
    if (!this.#head || head.seq > this.#head.seq) this.#head = head
  }
}

/** One that nobody need wait for. */
function pending(): PromiseWithResolvers<void> {
  const promise = Promise.withResolvers<void>()
  promise.promise.catch(() => undefined)
  return promise
}
