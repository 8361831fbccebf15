import { fromCursor } from './cursor.ts'
import type { FeedFrame, GapReason } from './feed.ts'
import type { StreamHub } from './hub.ts'
import { NOT_YET, OVER, type PullSource } from './pull-iterator.ts'
import type { EventRecord } from './records.ts'

/** What a feed must know of its subject. */
export interface SubjectRules<Subject> {
  /** Number of the last event that the subject reflects; `head` is the hub's, which it is no older than. */
  readonly versionOf: (subject: Subject, head: number) => number
  /** Whether a feed that does not follow ends with this event. */
  readonly isLast: (event: EventRecord) => boolean
  /** Whether nothing is expected of the subject any more. */
  readonly isOver: (subject: Subject) => boolean
  /** False where the events are all there is: a feed then starts at the head, and goes on after a gap with all that is kept. True by default. */
  readonly hasSnapshot?: boolean
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
  #reading = false
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = noop
  #leave: () => void = noop
  #hub: StreamHub<Subject> | undefined

  constructor(params: FeedSourceParams<Subject>) {
    this.#params = params
  }

  open(wake: () => void): void {
    this.#wake = wake
    this.#await(this.#begin())
  }

  take(): FeedFrame<Subject> | typeof NOT_YET | typeof OVER {
    if (this.#failure) throw this.#failure.error
    const hub = this.#hub
    if (!hub) return NOT_YET
    for (;;) {
      if (this.#due.length > 0) return this.#due.shift() as FeedFrame<Subject>
      if (this.#over || hub.ended) return OVER
      if (this.#replay && this.#position >= this.#replay.until) this.#caughtUp(hub, this.#replay.replayed)
      else if (this.#position < hub.head) {
        const event = hub.at(this.#position + 1) ?? at(this.#page, this.#position + 1)
        if (event) return this.#give(hub, event)
        if (!this.#reading) this.#await(this.#read(hub))
        return NOT_YET
      } else if (this.#position > hub.head && hub.rewinds !== this.#rewinds) this.#restart(hub, 'beyond_head')
      else return NOT_YET
    }
  }

  close(): void {
    this.#over = true
    this.#wake = noop
    this.#leave()
    this.#lease?.release()
  }

  /** One read at a time; when it is done there may be more to take. */
  #await(work: Promise<void>): void {
    this.#reading = true
    void this.#settle(work)
  }

  async #settle(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#failure = { error }
    }
    this.#reading = false
    this.#wake()
  }

  /** Listens first, then reads: nothing can fall between. */
  async #begin(): Promise<void> {
    const lease = this.#params.acquire()
    this.#lease = lease
    await lease.listening
    const { hub } = lease
    if (this.#over) return
    await hub.refresh({ subject: true })
    if (this.#over) return
    this.#hub = hub
    if (hub.ended) return
    this.#leave = hub.onChange(() => this.#wake())
    this.#rewinds = hub.rewinds
    if (this.#params.after === undefined) this.#snapshot(hub)
    else this.#resume(hub, this.#params.after)
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
  #restart(hub: StreamHub<Subject>, reason: GapReason, cursor = hub.cursorAt(this.#position)): void {
    this.#rewinds = hub.rewinds
    this.#due.push({ kind: 'gap', cursor, reason })
    if (this.#params.rules.hasSnapshot === false && reason === 'retention') {
      this.#position = hub.oldest - 1
      this.#replay = { until: hub.head, replayed: 0 }
    } else this.#snapshot(hub)
  }

  #snapshot(hub: StreamHub<Subject>): void {
    this.#position = this.#version(hub)
    if (this.#params.rules.hasSnapshot !== false) this.#due.push(hub.snapshotAt(this.#position))
    this.#caughtUp(hub, 0)
  }

  #caughtUp(hub: StreamHub<Subject>, replayed: number): void {
    this.#replay = undefined
    this.#due.push({ kind: 'caughtUp', cursor: hub.cursorAt(this.#position), replayed })
    const { follow, rules } = this.#params
    // The subject may be newer than the events that were given so far; then the last one is still to come.
    if (!follow && rules.isOver(hub.subject as Subject) && this.#position >= this.#version(hub)) this.#over = true
  }

  /** Reads the page of the log that holds what follows. */
  async #read(hub: StreamHub<Subject>): Promise<void> {
    const seq = this.#position + 1
    const page = await hub.readBehind(this.#position)
    if (this.#over) return
    this.#page = page.events
    if (at(this.#page, seq)) return
    // A page that was asked for earlier may end before it; one that should have it and has not: it was pruned.
    if (page.head !== undefined && page.head < seq) return
    // Without a snapshot it goes on with what is kept, which the hub may know of from before the pruning only.
    if (this.#params.rules.hasSnapshot === false) await hub.refresh()
    if (!this.#over) this.#restart(hub, 'retention')
  }

  #give(hub: StreamHub<Subject>, event: EventRecord): FeedFrame<Subject> {
    this.#position = event.seq
    if (event.seq >= hub.head) this.#page = []
    if (this.#replay) this.#replay.replayed += 1
    else if (!this.#params.follow && this.#params.rules.isLast(event)) this.#over = true
    return hub.frameOf(event)
  }

  #version(hub: StreamHub<Subject>): number {
    return this.#params.rules.versionOf(hub.subject as Subject, hub.head)
  }
}

const noop = (): void => undefined

/** Pages have no hole, so the place of an event follows from its number. */
function at(page: readonly EventRecord[], seq: number): EventRecord | undefined {
  const first = page[0]
  return first && page[seq - first.seq]
}
