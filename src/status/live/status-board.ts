import type { Clock } from '../../base/clock.ts'
import { FlushQueue } from '../../base/flush-queue.ts'
import type { Json } from '../../base/json.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Database } from '../../database/database.ts'
import { IMPACTS_CHANNEL } from '../../engine/channels.ts'
import type { Feature } from '../../engine/definition.ts'
import type { Engine } from '../../engine/engine.ts'
import { PullIterator } from '../../events/pull-iterator.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { audiencesOf } from '../audience.ts'
import type { FeatureAccess, SystemStatus } from '../compute-status.ts'
import { accessTo } from '../status-reader.ts'
import { readEffects } from '../store/read-effects.ts'
import { endPassedWindows } from '../store/write-windows.ts'
import { DatabaseTime } from './database-time.ts'
import { OpenWindows } from './open-windows.ts'
import { isSameAccess, isSameStatus } from './same-status.ts'
import { type AnyStatusWatcher, type LiveQuestion, StatusWatcher } from './status-watcher.ts'
import { WatchedAudiences } from './watched-audiences.ts'

export interface StatusBoardParams {
  readonly database: Database
  readonly engine: Pick<Engine, 'registry' | 'progressOf' | 'watch' | 'byIds'>
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly isBusDegraded: () => boolean
}

/** Windows changed; a hint. */
const WINDOWS_CHANNEL = 'status:windows'

/** Looks at all that is watched, because hints may be lost. */
const LOOK_MS = 5_000
const LOOK_WITHOUT_BUS_MS = 1_000
const TICK_MS = 1_000
/** How often ends of windows that ended by themselves are written; they count as ended at once. */
const END_PASSED_MS = 5_000

/** What an instance listens to while somebody watches. */
interface Session {
  readonly listening: Promise<readonly (() => void)[]>
}

/**
 * The live status of all who watch on this instance. What affects an audience is read once, with many others in one statement, and kept
 * current by hints; a change costs one grouped read of what changed, however many watch, and none where nobody is concerned.
 */
export class StatusBoard implements Service {
  readonly #params: StatusBoardParams
  readonly #time: DatabaseTime
  readonly #windows: OpenWindows
  readonly #audiences: WatchedAudiences
  readonly #watchers = new Set<AnyStatusWatcher>()
  readonly #windowReads: FlushQueue<undefined, undefined>
  readonly #loop: Loop
  #session: Session | undefined
  #leaveGap: (() => void) | undefined
  #lookedAt = 0
  #endedAt = 0
  /** As was last told; it changes here only, so that nobody is told of one change and not of the next. */
  #isBusDegraded = false

  constructor(params: StatusBoardParams) {
    this.#params = params
    const { clock, database, engine } = params
    this.#time = new DatabaseTime(clock)
    this.#windows = new OpenWindows({ clock, time: this.#time, onChange: () => this.#audiences.changedForAll() })
    this.#audiences = new WatchedAudiences({
      engine,
      clock,
      time: this.#time,
      windows: this.#windows,
      isBusDegraded: () => this.#isBusDegraded,
      read: async (audiences) => {
        const startedAt = clock.monotonic()
        const reading = await readEffects(database, engine.registry, audiences)
        this.#time.learn(reading.nowMs, clock.monotonic() - startedAt)
        return reading
      },
      onError: this.#contain,
    })
    this.#windowReads = new FlushQueue({
      name: 'status windows',
      flush: async (asked) => {
        await this.#audiences.readWindows()
        return asked
      },
    })
    this.#loop = new Loop({ clock, poll: () => this.#poll(), onError: this.#contain, retryMs: TICK_MS })
  }

  /** What is held now; all zero when nobody watches. */
  get counts(): { readonly watchers: number; readonly audiences: number; readonly views: number; readonly operations: number } {
    return { watchers: this.#watchers.size, ...this.#audiences.counts }
  }

  async start(): Promise<void> {
    this.#leaveGap ??= this.#params.bus.onGap(() => this.#lookSoon())
    await this.#loop.start()
  }

  /** Ends every status that is watched; the database is not asked any more when it resolves. */
  async stop(): Promise<void> {
    this.#leaveGap?.()
    this.#leaveGap = undefined
    await this.#loop.stop()
    for (const watcher of this.#watchers) watcher.close()
    await Promise.all([this.#audiences.drained(), this.#windowReads.drained()])
  }

  /** The status now, then on every change. Goes on until it is left. */
  watch(question: LiveQuestion): AsyncIterableIterator<SystemStatus> {
    return this.#watch(question, (status) => status, isSameStatus)
  }

  /** Likewise, for one feature. */
  watchAccess(question: LiveQuestion, feature: Feature): AsyncIterableIterator<FeatureAccess> {
    return this.#watch(question, (status) => accessTo(status, feature), isSameAccess)
  }

  /** Windows were changed here: looks at them, and tells all other instances to. After the commit. */
  windowsChanged(): void {
    this.#params.bus.publish(WINDOWS_CHANNEL, [])
    this.#readWindows()
  }

  #watch<Value extends object>(
    question: LiveQuestion,
    pick: (status: SystemStatus) => Value,
    isSame: (one: Value, other: Value, nowMs: number) => boolean,
  ): AsyncIterableIterator<Value> {
    return new PullIterator(
      new StatusWatcher<Value>({
        question,
        pick,
        isSame: (one, other) => isSame(one, other, this.#time.now()),
        begin: (watcher) => this.#begin(watcher),
        onClose: (watcher) => this.#leave(watcher),
      }),
    )
  }

  async #begin(watcher: AnyStatusWatcher): Promise<void> {
    this.#watchers.add(watcher)
    this.#session ??= this.#listen()
    this.#lookAtBus()
    try {
      // First the hints, then what they are about: nothing falls between.
      await this.#session.listening
      if (watcher.closed) return
      await this.#audiences.join(watcher, audiencesOf(watcher.question))
    } catch (error) {
      this.#leave(watcher)
      throw error
    }
  }

  #leave(watcher: AnyStatusWatcher): void {
    this.#watchers.delete(watcher)
    this.#audiences.leave(watcher)
    if (this.#watchers.size > 0 || !this.#session) return
    // A failure to listen was told to whoever waited for it.
    leaveAll(this.#session.listening).catch(() => undefined)
    this.#session = undefined
    this.#windows.clear()
  }

  #listen(): Session {
    const { bus } = this.#params
    const onImpacts = (message: Json) => this.#audiences.receive(message)
    return { listening: Promise.all([bus.subscribe(IMPACTS_CHANNEL, onImpacts), bus.subscribe(WINDOWS_CHANNEL, () => this.#readWindows())]) }
  }

  #readWindows(): void {
    if (!this.#session) return
    // Asked for again while one is under way: one more follows, for what that may not have seen.
    if (this.#windowReads.waiting === 0) this.#windowReads.submit(undefined).catch(this.#contain)
  }

  #lookSoon(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY
    this.#loop.wake()
  }

  #lookAtBus(): void {
    const isDegraded = this.#params.isBusDegraded()
    if (isDegraded === this.#isBusDegraded) return
    this.#isBusDegraded = isDegraded
    this.#audiences.changedForAll()
  }

  async #poll(): Promise<number> {
    const { bus, clock, database } = this.#params
    const now = clock.monotonic()
    this.#lookAtBus()
    if (now - this.#endedAt >= END_PASSED_MS) {
      this.#endedAt = now
      await endPassedWindows(database)
    }
    const everyMs = bus.connected ? LOOK_MS * (0.75 + Math.random() / 2) : LOOK_WITHOUT_BUS_MS
    if (this.#session && now - this.#lookedAt >= everyMs) {
      this.#lookedAt = now
      await this.#audiences.readAll()
    }
    return TICK_MS
  }

  readonly #contain = (error: unknown): void => this.#params.telemetry.emit('failure.contained', { where: 'status.board', error })
}

async function leaveAll(listening: Session['listening']): Promise<void> {
  for (const leave of await listening) leave()
}
