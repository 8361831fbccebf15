import type { Clock } from '../../../base/clock.ts'
import { FlushQueue } from '../../../base/flush-queue.ts'
import type { Json } from '../../../base/json.ts'
import { Loop, type Service } from '../../../base/service.ts'
import type { Bus } from '../../../bus/bus.ts'
import type { Database } from '../../../database/database.ts'
import type { BusinessEvents } from '../../../events/business-events.ts'
import { PullIterator } from '../../../events/pull-iterator.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import { readMarks, type SalesHead, type SeenMark } from '../store/read-inbox.ts'
import { HeadFollower } from './head-follower.ts'
import { inboxOf, newerMark, type SalesInboxRecord } from './inbox-record.ts'
import { InboxWatcher } from './inbox-watcher.ts'
import { markMessage, readMarkMessage } from './mark-message.ts'
import { Throttle } from './throttle.ts'

export interface LiveInboxesParams {
  readonly database: Database
  readonly events: BusinessEvents
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Key of the stream of sales. */
  readonly stream: string
}

/** Marks of all instances travel on it. */
const MARKS_CHANNEL = 'sales:marks'

/** Looks at the marks of those who watch: messages may be lost. */
const REREAD_MS = 3_000
const REREAD_WITHOUT_BUS_MS = 1_000
const TICK_MS = 1_000
/** Sales that come within it change the badge once. */
const CONFLATE_MS = 100
const MARKS_AT_ONCE = 500

interface User {
  readonly watchers: Set<InboxWatcher>
  /** Unknown until it is read. */
  mark: SeenMark | undefined
  /** What was shown last, and of what head and mark it was made: all tabs are given the same object, whose answer is then made once. */
  shown: { readonly inbox: SalesInboxRecord; readonly head: SalesHead; readonly mark: SeenMark } | undefined
}

/** What an instance holds while somebody watches a badge. */
interface Session {
  readonly follower: HeadFollower
  readonly listening: Promise<() => void>
}

/**
 * Live badges. A sale costs no statement for anybody who watches: its event carries the count, and the marks of those who watch are
 * known here and kept current by the bus; one grouped statement looks at them again now and then, and at once after a gap of the bus.
 */
export class LiveInboxes implements Service {
  readonly #params: LiveInboxesParams
  readonly #users = new Map<string, User>()
  readonly #loop: Loop
  readonly #marks: FlushQueue<string, SeenMark>
  readonly #throttle: Throttle
  readonly #stopping = new Set<Promise<void>>()
  #session: Session | undefined
  #leaveGap: (() => void) | undefined
  #rereadAt = 0

  constructor(params: LiveInboxesParams) {
    this.#params = params
    this.#marks = new FlushQueue({ name: 'seen sales', flush: (users) => readMarks(params.database, users), maxBatch: MARKS_AT_ONCE })
    this.#throttle = new Throttle(params.clock, CONFLATE_MS, () => this.#tellAll())
    this.#loop = new Loop({ clock: params.clock, poll: () => this.#poll(), onError: this.#contain })
  }

  /** What is held now; all zero when nobody watches. */
  get counts(): { readonly users: number; readonly watchers: number; readonly followers: number } {
    const watchers = [...this.#users.values()].reduce((sum, user) => sum + user.watchers.size, 0)
    return { users: this.#users.size, watchers, followers: this.#session ? 1 : 0 }
  }

  async start(): Promise<void> {
    this.#leaveGap ??= this.#params.bus.onGap(() => void this.#reread().catch(this.#contain))
    await this.#loop.start()
  }

  /** Ends every badge; the database is not asked any more when it resolves. */
  async stop(): Promise<void> {
    this.#leaveGap?.()
    this.#leaveGap = undefined
    await this.#loop.stop()
    for (const user of this.#users.values()) for (const watcher of user.watchers) watcher.close()
    await Promise.all(this.#stopping)
    await this.#marks.drained()
  }

  /** The badge of an administrator now, then on every change. Goes on until it is left. */
  watch(userId: string): AsyncIterableIterator<SalesInboxRecord> {
    return new PullIterator(
      new InboxWatcher({
        begin: (watcher) => this.#begin(userId, watcher),
        current: () => this.#current(userId),
        onClose: (watcher) => this.#leave(userId, watcher),
      }),
    )
  }

  /** Tells all instances, after the commit, what an administrator has seen. */
  marked(userId: string, mark: SeenMark): void {
    this.#apply(userId, mark)
    this.#params.bus.publish(MARKS_CHANNEL, markMessage(userId, mark))
  }

  async #begin(userId: string, watcher: InboxWatcher): Promise<void> {
    const user = this.#users.get(userId) ?? { watchers: new Set<InboxWatcher>(), mark: undefined, shown: undefined }
    this.#users.set(userId, user)
    user.watchers.add(watcher)
    this.#session ??= this.#open()
    const { listening, follower } = this.#session
    try {
      // First the messages, then what they change: nothing falls between.
      await listening
      const [mark] = await Promise.all([this.#marks.submit(userId), follower.head ? undefined : follower.started])
      this.#apply(userId, mark)
    } catch (error) {
      this.#leave(userId, watcher)
      throw error
    }
  }

  #open(): Session {
    const { bus } = this.#params
    const listening = bus.subscribe(MARKS_CHANNEL, (message) => this.#receive(message))
    return { listening, follower: new HeadFollower({ ...this.#params, onChange: () => this.#throttle.touch() }) }
  }

  #leave(userId: string, watcher: InboxWatcher): void {
    const user = this.#users.get(userId)
    user?.watchers.delete(watcher)
    if (user?.watchers.size === 0) this.#users.delete(userId)
    if (this.#users.size > 0 || !this.#session) return
    const { listening, follower } = this.#session
    this.#session = undefined
    this.#throttle.cancel()
    // A failure to listen was told to whoever waited for it.
    listening.then((leave) => leave()).catch(() => undefined)
    const stopped = follower.stop().finally(() => this.#stopping.delete(stopped))
    this.#stopping.add(stopped)
  }

  #current(userId: string): SalesInboxRecord | undefined {
    const head = this.#session?.follower.head
    const user = this.#users.get(userId)
    if (!head || !user?.mark) return undefined
    if (user.shown?.head !== head || user.shown.mark !== user.mark) user.shown = { inbox: inboxOf(head, user.mark), head, mark: user.mark }
    return user.shown.inbox
  }

  #receive(message: Json): void {
    const told = readMarkMessage(message)
    if (told) this.#apply(told.userId, told.mark)
  }

  #apply(userId: string, mark: SeenMark): void {
    const user = this.#users.get(userId)
    if (!user) return
    user.mark = newerMark(user.mark, mark)
    for (const watcher of user.watchers) watcher.changed()
  }

  #tellAll(): void {
    for (const user of this.#users.values()) for (const watcher of user.watchers) watcher.changed()
  }

  async #poll(): Promise<number> {
    const { bus, clock } = this.#params
    if (clock.monotonic() - this.#rereadAt >= (bus.connected ? REREAD_MS : REREAD_WITHOUT_BUS_MS)) await this.#reread()
    return TICK_MS
  }

  async #reread(): Promise<void> {
    this.#rereadAt = this.#params.clock.monotonic()
    const users = [...this.#users.keys()]
    const marks = await Promise.all(users.map((userId) => this.#marks.submit(userId)))
    for (const [index, userId] of users.entries()) this.#apply(userId, marks[index] as SeenMark)
  }

  readonly #contain = (error: unknown): void => this.#params.telemetry.emit('failure.contained', { where: 'sales.inbox', error })
}
