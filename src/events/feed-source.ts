import { fromCursor, toCursor } from './cursor.ts'
import type { FeedFrame, GapReason } from './feed.ts'
import type { StreamHub } from './hub.ts'
import type { PullSource } from './pull-iterator.ts'
import type { EventRecord } from './records.ts'

/** What a feed must know of its subject. */
export interface SubjectRules<Subject> {
  /** Number of the last event that the subject reflects; `head` is the hub's, which it is no older than. */
  readonly versionOf: (subject: Subject, head: number) => number
  /** Whether a feed that does not follow ends with this event. */
  readonly isLast: (event: EventRecord) => boolean
  /** Whether nothing is expected of the subject any more. */
  readonly isOver: (subject: Subject) => boolean
}

/** A hub for as long as a subscriber uses it. */
export interface HubLease<Subject> {
  readonly hub: StreamHub<Subject>
  /** Resolves when hints of the stream will arrive. */
  readonly listening: Promise<unknown>
  release(): void
}

export interface FeedSourceParams<Subject> {
  readonly stream: string
  readonly after: string | undefined
  readonly follow: boolean
  readonly rules: SubjectRules<Subject>
  readonly acquire: () => HubLease<Subject>
}

/**
 * One subscriber of a stream: a position, not a queue. What follows it comes from the hub's ring, else from a page of the log,
 * else it waits for the hub to move. So a slow subscriber costs the same as a fast one.
 */
export class FeedSource<Subject> implements PullSource<FeedFrame<Subject>> {
  readonly #params: FeedSourceParams<Subject>
  /** Frames that are due already: at most a gap, a snapshot and the word that it caught up. */
  readonly #due: FeedFrame<Subject>[] = []
  #lease: HubLease<Subject> | undefined
  #page: readonly EventRecord[] = []
  #position = 0
  #rewinds = 0
  #replay: { readonly until: number; replayed: number } | undefined
  #over = false
  #wake: (() => void) | undefined

  constructor(params: FeedSourceParams<Subject>) {
    this.#params = params
  }

  async pull(): Promise<FeedFrame<Subject> | undefined> {
    const hub = this.#lease?.hub ?? (await this.#open())
    for (;;) {
      const frame = this.#due.shift()
      if (frame) return frame
      if (this.#over || hub.ended) return undefined
      if (this.#replay && this.#position >= this.#replay.until) this.#caughtUp(hub, this.#replay.replayed)
      else if (this.#position < hub.head) await this.#advance(hub)
      else if (this.#position > hub.head && hub.rewinds !== this.#rewinds) this.#restart(hub, 'beyond_head')
      else await this.#moved(hub)
    }
  }

  close(): void {
    this.#over = true
    this.#wake?.()
    this.#lease?.release()
  }

  /** Listens first, then reads: nothing can fall between. */
  async #open(): Promise<StreamHub<Subject>> {
    const lease = this.#params.acquire()
    this.#lease = lease
    await lease.listening
    const { hub } = lease
    if (this.#over) return hub
    await hub.refresh({ subject: true })
    if (hub.ended) return hub
    this.#rewinds = hub.rewinds
    if (this.#params.after === undefined) this.#snapshot(hub)
    else this.#resume(hub, this.#params.after)
    return hub
  }

  #resume(hub: StreamHub<Subject>, after: string): void {
    const cursor = fromCursor(after)
    if (cursor?.stream !== this.#params.stream) this.#restart(hub, 'unknown_cursor', after)
    else if (cursor.seq > Math.max(hub.head, this.#version(hub))) this.#restart(hub, 'beyond_head', after)
    else if (cursor.seq + 1 < hub.oldest) this.#restart(hub, 'retention', after)
    else {
      this.#position = cursor.seq
      this.#replay = { until: hub.head, replayed: 0 }
    }
  }

  /** The gap carries the cursor that could not be served: whoever is cut off before the snapshot asks with it again. */
  #restart(hub: StreamHub<Subject>, reason: GapReason, cursor = this.#cursor()): void {
    this.#rewinds = hub.rewinds
    this.#due.push({ kind: 'gap', cursor, reason })
    this.#snapshot(hub)
  }

  #snapshot(hub: StreamHub<Subject>): void {
    const subject = hub.subject as Subject
    this.#position = this.#version(hub)
    this.#due.push({ kind: 'snapshot', cursor: this.#cursor(), subject })
    this.#caughtUp(hub, 0)
  }

  #caughtUp(hub: StreamHub<Subject>, replayed: number): void {
    this.#replay = undefined
    this.#due.push({ kind: 'caughtUp', cursor: this.#cursor(), replayed })
    const { follow, rules } = this.#params
    // The subject may be newer than the events that were given so far; then the last one is still to come.
    if (!follow && rules.isOver(hub.subject as Subject) && this.#position >= this.#version(hub)) this.#over = true
  }

  async #advance(hub: StreamHub<Subject>): Promise<void> {
    const seq = this.#position + 1
    const event = hub.at(seq) ?? this.#page.find((entry) => entry.seq === seq)
    if (event) return this.#give(hub, event)
    const page = await hub.readBehind(this.#position)
    this.#page = page.events
    if (this.#page.some((entry) => entry.seq === seq)) return
    // A page that was asked for earlier may end before it; one that should have it and has not: it was pruned.
    if (page.head === undefined || page.head >= seq) this.#restart(hub, 'retention')
  }

  #give(hub: StreamHub<Subject>, event: EventRecord): void {
    this.#position = event.seq
    if (event.seq >= hub.head) this.#page = []
    this.#due.push({ kind: 'event', cursor: this.#cursor(), event, subject: hub.subject as Subject })
    if (this.#replay) this.#replay.replayed += 1
    else if (!this.#params.follow && this.#params.rules.isLast(event)) this.#over = true
  }

  #moved(hub: StreamHub<Subject>): Promise<void> {
    return new Promise((resolve) => {
      const leave = hub.onChange(() => this.#wake?.())
      this.#wake = () => {
        this.#wake = undefined
        leave()
        resolve()
      }
    })
  }

  #version(hub: StreamHub<Subject>): number {
    return this.#params.rules.versionOf(hub.subject as Subject, hub.head)
  }

  #cursor(): string {
    return toCursor({ stream: this.#params.stream, seq: this.#position })
  }
}
