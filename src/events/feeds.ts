import type { Clock } from '../base/clock.ts'
import { Loop, type Service } from '../base/service.ts'
import type { Bus } from '../bus/bus.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import type { FeedFrame } from './feed.ts'
import { FeedSource, type HubLease, type SubjectRules } from './feed-source.ts'
import { StreamHub } from './hub.ts'
import type { EventLog } from './log.ts'
import { PullIterator } from './pull-iterator.ts'

/** Looks of all hubs at the log when no hint says so: hints may be lost. Not noticed yet, as when Redis is frozen, it costs less than 5 s. */
const SAFETY_POLL_MS = 3_000
/** The same while the bus is away. */
const POLL_WITHOUT_BUS_MS = 1_000

export interface FeedsParams<Subject> {
  readonly bus: Bus
  readonly log: EventLog
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly rules: SubjectRules<Subject>
  /** What the stream is about, read now, grouped with others that ask now; `undefined` when it is gone. */
  readonly loadSubject: (stream: string) => Promise<Subject | undefined>
  /** Subscribes to the channel that carries the stream's hints and hands them to `poke`; resolves when they will arrive. */
  readonly listen: (stream: string, poke: (seq: number) => void) => Promise<() => void>
}

export interface OpenFeedParams {
  /** UUID of the stream. */
  readonly stream: string
  /** Cursor of the last frame that was seen; `undefined` starts with a snapshot. */
  readonly after: string | undefined
  /** Go on after the end, for what may begin again. */
  readonly follow: boolean
}

interface Entry<Subject> {
  readonly hub: StreamHub<Subject>
  readonly listening: Promise<() => void>
  users: number
}

/** Lossless feeds of streams of one kind: one hub per stream and instance, for as long as somebody subscribes. */
export class Feeds<Subject> implements Service {
  readonly #params: FeedsParams<Subject>
  readonly #entries = new Map<string, Entry<Subject>>()
  readonly #loop: Loop
  #leaveGap: (() => void) | undefined
  #polledAt = 0

  constructor(params: FeedsParams<Subject>) {
    this.#params = params
    this.#loop = new Loop({ clock: params.clock, poll: () => this.#poll(), onError: this.#contain })
  }

  /** Streams that have a hub now. */
  get hubs(): number {
    return this.#entries.size
  }

  async start(): Promise<void> {
    this.#leaveGap ??= this.#params.bus.onGap(() => void this.#refreshAll())
    await this.#loop.start()
  }

  /** Ends every feed. */
  async stop(): Promise<void> {
    this.#leaveGap?.()
    this.#leaveGap = undefined
    await this.#loop.stop()
    for (const [stream, entry] of this.#entries) this.#drop(stream, entry)
    await this.#params.log.drained()
  }

  /** Nothing happens before the first `next()`. A stream that does not exist gives no frame at all. */
  open(params: OpenFeedParams): AsyncIterableIterator<FeedFrame<Subject>> {
    return new PullIterator(new FeedSource({ ...params, rules: this.#params.rules, acquire: () => this.#acquire(params.stream) }))
  }

  #acquire(stream: string): HubLease<Subject> {
    const entry = this.#entries.get(stream) ?? this.#create(stream)
    entry.users += 1
    let released = false
    const release = () => {
      if (released) return
      released = true
      entry.users -= 1
      if (entry.users === 0) this.#drop(stream, entry)
    }
    return { hub: entry.hub, listening: entry.listening, release }
  }

  #create(stream: string): Entry<Subject> {
    const { log, loadSubject, listen } = this.#params
    const hub = new StreamHub<Subject>({ stream, log, loadSubject, onError: this.#contain })
    const entry = { hub, listening: listen(stream, (seq) => hub.poke(seq)), users: 0 }
    if (this.#entries.size === 0) this.#loop.wake()
    this.#entries.set(stream, entry)
    return entry
  }

  #drop(stream: string, entry: Entry<Subject>): void {
    if (this.#entries.get(stream) === entry) this.#entries.delete(stream)
    entry.hub.close()
    // A failure was told to whoever waited for it.
    entry.listening.then((leave) => leave()).catch(() => undefined)
  }

  async #poll(): Promise<number> {
    const { bus, clock } = this.#params
    if (this.#entries.size === 0) return SAFETY_POLL_MS
    const everyMs = bus.connected ? SAFETY_POLL_MS * (0.75 + Math.random() / 2) : 0
    if (clock.monotonic() - this.#polledAt >= everyMs) {
      this.#polledAt = clock.monotonic()
      await this.#refreshAll()
    }
    return POLL_WITHOUT_BUS_MS
  }

  /** One grouped statement for all, and when it fails one word about it. */
  async #refreshAll(): Promise<void> {
    const outcomes = await Promise.allSettled([...this.#entries.values()].map(({ hub }) => hub.refresh()))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) this.#contain(failed.reason)
  }

  readonly #contain = (error: unknown): void => this.#params.telemetry.emit('failure.contained', { where: 'feeds', error })
}
