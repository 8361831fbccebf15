import { RingBuffer } from '../base/ring-buffer.ts'
import { cursorWriter } from './cursor.ts'
import type { FeedFrame } from './feed.ts'
import type { EventLog, LogPage } from './log.ts'
import type { EventRecord } from './records.ts'

type FrameOf<Subject, Kind extends FeedFrame<Subject>['kind']> = Extract<FeedFrame<Subject>, { kind: Kind }>

/** Recent events that a hub keeps for all its subscribers. */
const RING = 256
/** Frames that it keeps for those who are about to need them: each holds the subject as it was. */
const FRAMES = 32
/** Events that somebody further behind reads at a time. */
const PAGE = 100

export interface StreamHubParams<Subject> {
  readonly stream: string
  readonly log: EventLog
  /** What the stream is about, read now; `undefined` when it is gone. */
  readonly loadSubject: (stream: string) => Promise<Subject | undefined>
  readonly onError: (error: unknown) => void
}

/**
 * One stream as this instance knows it: the recent events, the head, and the subject, which is read after the events and so is
 * no older than any of them. All three change in one step. One read at a time serves every subscriber.
 */
export class StreamHub<Subject> {
  /** Text of a cursor of this stream. */
  readonly cursorAt: (seq: number) => string
  readonly #params: StreamHubParams<Subject>
  readonly #ring = new RingBuffer<EventRecord>(RING)
  readonly #waiting = new Set<() => void>()
  readonly #behind = new Map<number, Promise<LogPage>>()
  #head: number | undefined
  #oldest = 1
  #subject: Subject | undefined
  #ended = false
  #rewinds = 0
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #subjectWanted = true
  #hinted = 0
  #hints = 0
  #following = false
  /** The last frames that were given out: all who need one now get the same object, and so share what is made of it. */
  readonly #frames = new Map<EventRecord, FrameOf<Subject, 'event'>>()
  #lastSnapshot: FrameOf<Subject, 'snapshot'> | undefined

  constructor(params: StreamHubParams<Subject>) {
    this.#params = params
    this.cursorAt = cursorWriter(params.stream)
  }

  /** Number of the last event that is known together with its subject. */
  get head(): number {
    return this.#head ?? 0
  }

  /** The oldest event that the log still keeps. */
  get oldest(): number {
    return this.#oldest
  }

  get subject(): Subject | undefined {
    return this.#subject
  }

  /** True when the stream is gone, or its hub was closed. */
  get ended(): boolean {
    return this.#ended
  }

  /** How often the head went back: the database was restored, or a replica took over. */
  get rewinds(): number {
    return this.#rewinds
  }

  at(seq: number): EventRecord | undefined {
    const first = this.#ring.at(0)
    return first && this.#ring.at(seq - first.seq)
  }

  frameOf(event: EventRecord): FrameOf<Subject, 'event'> {
    const subject = this.#subject as Subject
    const known = this.#frames.get(event)
    if (known?.subject === subject) return known
    const frame = { kind: 'event', cursor: this.cursorAt(event.seq), event, subject } as const
    this.#frames.set(event, frame)
    const [oldest] = this.#frames.keys()
    if (this.#frames.size > FRAMES && oldest) this.#frames.delete(oldest)
    return frame
  }

  /** The subject as it is, at a position that it reflects. */
  snapshotAt(position: number): FrameOf<Subject, 'snapshot'> {
    const cursor = this.cursorAt(position)
    const subject = this.#subject as Subject
    if (this.#lastSnapshot?.cursor === cursor && this.#lastSnapshot.subject === subject) return this.#lastSnapshot
    this.#lastSnapshot = { kind: 'snapshot', cursor, subject }
    return this.#lastSnapshot
  }

  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  /** A hint: there is an event of this number. Hints that are lost, repeated or out of order do no harm. */
  poke(seq: number): void {
    if (this.#ended || seq <= this.head) return
    this.#hinted = Math.max(this.#hinted, seq)
    this.#hints += 1
    if (!this.#following) void this.#follow()
  }

  /** Reads what is new, by a read that begins after this call. Rejects when the database does not answer. */
  refresh(options: { readonly subject: boolean } = { subject: false }): Promise<void> {
    this.#subjectWanted ||= options.subject
    if (!this.#running) {
      this.#running = this.#read().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    this.#next ??= this.#running.then(noop, noop).then(() => {
      this.#next = undefined
      return this.refresh()
    })
    return this.#next
  }

  /** The page of the log that holds what follows `position`, shared by all who need it now. */
  readBehind(position: number): Promise<LogPage> {
    const after = position - (position % PAGE)
    const known = this.#behind.get(after)
    if (known) return known
    const reading = this.#params.log.read({ stream: this.#params.stream, after, limit: PAGE }).finally(() => this.#behind.delete(after))
    this.#behind.set(after, reading)
    return reading
  }

  close(): void {
    this.#ended = true
    this.#tell()
  }

  async #follow(): Promise<void> {
    this.#following = true
    try {
      // What is under way may bring it.
      await this.#running?.then(noop, noop)
      for (let seen = -1; seen !== this.#hints && this.#hinted > this.head; ) {
        seen = this.#hints
        await this.refresh()
      }
    } catch (error) {
      this.#params.onError(error)
    }
    this.#hinted = 0
    this.#following = false
  }

  async #read(): Promise<void> {
    const subjectWanted = this.#subjectWanted
    this.#subjectWanted = false
    const { head, oldest, events } = await this.#readNew()
    if (head === undefined) return this.close()
    if (this.#ended) return
    const changed = head !== this.#head
    const subject = changed || subjectWanted ? await this.#params.loadSubject(this.#params.stream) : this.#subject
    if (subject === undefined) return this.close()
    this.#subject = subject
    this.#oldest = oldest ?? head + 1
    if (changed) this.#advance(head, events)
    this.#tell()
  }

  /** Everything after the head that fits into the ring; after a long silence only the latest. */
  async #readNew(): Promise<LogPage> {
    const { log, stream } = this.#params
    // The first read asks for the head alone: subscribers read for themselves what lies before it.
    if (this.#head === undefined) return log.read({ stream, after: 0, limit: 0 })
    let page = await log.read({ stream, after: this.#head, limit: RING })
    // Not the whole ring at once, so that a stream that grows meanwhile can be caught up with.
    while (page.head !== undefined && page.events.length === RING && page.events.at(-1)?.seq !== page.head) {
      page = await log.read({ stream, after: page.head - RING / 2, limit: RING })
    }
    return page
  }

  #advance(head: number, events: readonly EventRecord[]): void {
    if (head < this.head) this.#rewinds += 1
    if (events[0]?.seq !== this.head + 1) this.#ring.clear()
    for (const event of events) this.#ring.push(event)
    this.#head = head
  }

  #tell(): void {
    for (const listener of this.#waiting) listener()
  }
}

const noop = (): void => undefined
