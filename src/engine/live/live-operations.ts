import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Bus } from '../../bus/bus.ts'
import type { FeedFrame } from '../../events/feed.ts'
import { Feeds } from '../../events/feeds.ts'
import type { EventLog } from '../../events/log.ts'
import { PullIterator } from '../../events/pull-iterator.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { ownerChannel } from '../channels.ts'
import type { Visibility } from '../engine.ts'
import type { OperationState } from '../lifecycle.ts'
import type { OperationRecord } from '../records.ts'
import { Audiences } from './audiences.ts'
import { ListWatchers } from './list-watchers.ts'
import { readOperationsMessage } from './operations-message.ts'
import { SharedRecords } from './shared-records.ts'
import { Watcher } from './watcher.ts'

export interface LiveOperationsParams {
  readonly bus: Bus
  /** The log of operation streams: `new EventLog(database, OPERATION_HEADS)`. */
  readonly log: EventLog
  /** Records by id, in the order asked; `undefined` for those that do not exist. */
  readonly load: (ids: readonly string[]) => Promise<readonly (OperationRecord | undefined)[]>
  /** Unfinished operations that may be seen. */
  readonly listActive: (visibility: Visibility) => Promise<readonly OperationRecord[]>
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly isDone: (state: OperationState) => boolean
}

export interface WatchManyParams {
  readonly visibility: Visibility
  readonly matches: (record: OperationRecord) => boolean
  readonly minIntervalMs: number
}

/** Where the head of an operation's stream stands. */
export const OPERATION_HEADS = { table: 'operation', key: 'id', head: 'version' }

/** A look at what is watched when no hint says so; at what is active, for operations whose first hint was lost; at both without a bus. */
const RELOAD_MS = 3_000
const RELIST_MS = 15_000
const TICK_MS = 1_000

/**
 * What live views of operations are made of: lossless feeds, and latest-only watchers that share one record per operation.
 * Each channel of the bus is listened to once; after a gap everything that somebody watches is read again.
 */
export class LiveOperations implements Service {
  readonly #params: LiveOperationsParams
  readonly #feeds: Feeds<OperationRecord>
  readonly #records: SharedRecords
  readonly #audiences: Audiences
  readonly #lists: ListWatchers
  readonly #loop: Loop
  /** How the hubs of an operation are told of a version; one that goes may overlap with the next. */
  readonly #pokes = new Map<string, Set<(version: number) => void>>()
  readonly #watchers = new Set<Watcher>()
  #leaveGap: (() => void) | undefined
  #reloadedAt = 0
  #relistedAt = 0

  constructor(params: LiveOperationsParams) {
    this.#params = params
    const { bus, log, clock, telemetry, isDone } = params
    this.#records = new SharedRecords({
      load: params.load,
      isDone: (record) => isDone(record.state),
      onRead: (record, followers) => this.#lists.offer(record, followers),
      onOverflow: () => void this.#relist(),
      onError: this.#contain,
    })
    this.#audiences = new Audiences(bus, (_channel, message) => this.#receive(message))
    this.#lists = new ListWatchers({ audiences: this.#audiences, records: this.#records, listActive: params.listActive, onError: this.#contain })
    this.#feeds = new Feeds({
      bus,
      log,
      clock,
      telemetry,
      rules: {
        versionOf: (record) => record.version,
        // The events that end an operation are named like the states that they lead to.
        isLast: (event) => isDone(event.type as OperationState),
        isOver: (record) => isDone(record.state),
      },
      loadSubject: (id) => this.#records.load(id),
      listen: (id, poke) => this.#listen(id, poke),
    })
    this.#loop = new Loop({ clock, poll: () => this.#poll(), onError: this.#contain })
  }

  /** What is held now; all zero when nobody is subscribed. */
  get counts(): { readonly hubs: number; readonly watchers: number; readonly operations: number; readonly channels: number } {
    return { hubs: this.#feeds.hubs, watchers: this.#watchers.size, operations: this.#records.size, channels: this.#audiences.size }
  }

  async start(): Promise<void> {
    this.#leaveGap ??= this.#params.bus.onGap(() => void Promise.all([this.#reload(), this.#relist()]))
    await Promise.all([this.#feeds.start(), this.#loop.start()])
  }

  /** Ends every feed and every watcher; the database is not asked any more when it resolves. */
  async stop(): Promise<void> {
    this.#leaveGap?.()
    this.#leaveGap = undefined
    await Promise.all([this.#feeds.stop(), this.#loop.stop()])
    for (const watcher of this.#watchers) watcher.close()
    await Promise.all([this.#records.stop(), this.#lists.drained()])
  }

  /** Ends without a frame when there is no such operation. */
  eventFeed(params: { readonly id: string; readonly after: string | undefined; readonly follow: boolean }): AsyncIterableIterator<FeedFrame<OperationRecord>> {
    return this.#feeds.open({ stream: params.id, after: params.after, follow: params.follow })
  }

  /** Goes on until it is left, or the operation is gone. */
  watch(params: { readonly id: string; readonly minIntervalMs: number }): AsyncIterableIterator<OperationRecord> {
    return this.#watcher({ minIntervalMs: params.minIntervalMs, matches: () => true, single: true, open: (watcher) => this.#openOne(params.id, watcher) })
  }

  /** Goes on until it is left. */
  watchMany(params: WatchManyParams): AsyncIterableIterator<OperationRecord> {
    const matches = (record: OperationRecord) => isVisible(record, params.visibility) && params.matches(record)
    return this.#watcher({ minIntervalMs: params.minIntervalMs, matches, single: false, open: (watcher) => this.#lists.open(params.visibility, watcher) })
  }

  #watcher(params: {
    readonly minIntervalMs: number
    readonly matches: (record: OperationRecord) => boolean
    readonly single: boolean
    readonly open: (watcher: Watcher) => Promise<(() => void) | undefined>
  }): AsyncIterableIterator<OperationRecord> {
    const { clock, isDone } = this.#params
    const open = (watcher: Watcher) => {
      this.#watchers.add(watcher)
      return params.open(watcher)
    }
    const onClose = (watcher: Watcher) => void this.#watchers.delete(watcher)
    return new PullIterator(new Watcher({ ...params, open, onClose, clock, records: this.#records, isDone: (record) => isDone(record.state) }))
  }

  async #openOne(id: string, watcher: Watcher): Promise<(() => void) | undefined> {
    // Only its owner names the channel; what counts is read once the channel is joined.
    const known = this.#records.get(id) ?? (await this.#records.load(id))
    if (!known) return undefined
    const leave = await this.#audiences.join(ownerChannel(known.ownerId))
    try {
      watcher.begin(id)
      if (await this.#records.load(id)) return leave
      leave()
      return undefined
    } catch (error) {
      leave()
      throw error
    }
  }

  async #listen(id: string, poke: (version: number) => void): Promise<() => void> {
    const record = this.#records.get(id) ?? (await this.#records.load(id))
    if (!record) return () => undefined
    const pokes = this.#pokes.get(id) ?? new Set()
    this.#pokes.set(id, pokes.add(poke))
    const forget = () => {
      pokes.delete(poke)
      if (pokes.size === 0 && this.#pokes.get(id) === pokes) this.#pokes.delete(id)
    }
    try {
      const leave = await this.#audiences.join(ownerChannel(record.ownerId))
      return () => {
        forget()
        leave()
      }
    } catch (error) {
      forget()
      throw error
    }
  }

  #receive(message: Json): void {
    const { changed, progress } = readOperationsMessage(message)
    for (const [id, version, ownerId] of changed) {
      for (const poke of this.#pokes.get(id) ?? []) poke(version)
      this.#records.hint(id, version, this.#lists.concerns(ownerId))
    }
    for (const frame of progress) this.#records.progress(frame)
  }

  async #poll(): Promise<number> {
    const { bus, clock } = this.#params
    const now = clock.monotonic()
    const due = (lastAt: number, everyMs: number) => !bus.connected || now - lastAt >= everyMs * (0.75 + Math.random() / 2)
    if (due(this.#reloadedAt, RELOAD_MS)) await this.#reload()
    if (due(this.#relistedAt, RELIST_MS)) await this.#relist()
    return TICK_MS
  }

  async #reload(): Promise<void> {
    this.#reloadedAt = this.#params.clock.monotonic()
    await this.#records.reloadAll()
  }

  async #relist(): Promise<void> {
    this.#relistedAt = this.#params.clock.monotonic()
    await this.#lists.relist()
  }

  readonly #contain = (error: unknown): void => this.#params.telemetry.emit('failure.contained', { where: 'live operations', error })
}

const isVisible = (record: OperationRecord, visibility: Visibility): boolean =>
  visibility.kind === 'all' || record.ownerId === visibility.ownerId || (visibility.opened === true && record.createdBy.id === visibility.ownerId)

export const createLiveOperations = (params: LiveOperationsParams): LiveOperations => new LiveOperations(params)
