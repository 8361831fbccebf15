import { FlushQueue } from '../../base/flush-queue.ts'
import { ALL_OPERATIONS_CHANNEL, ownerChannel } from '../channels.ts'
import type { Visibility } from '../engine.ts'
import type { OperationRecord } from '../records.ts'
import type { Audiences } from './audiences.ts'
import type { Follower, SharedRecords } from './shared-records.ts'
import type { Watcher } from './watcher.ts'

export interface ListWatchersParams {
  readonly audiences: Audiences
  readonly records: SharedRecords
  /** Unfinished operations that may be seen. */
  readonly listActive: (visibility: Visibility) => Promise<readonly OperationRecord[]>
  readonly onError: (error: unknown) => void
}

interface Group {
  readonly visibility: Visibility
  readonly watchers: Set<Watcher>
}

/** Lists of active operations that are read together. */
const LISTS_AT_ONCE = 8

/** Watchers of many operations, grouped by what they may see. */
export class ListWatchers {
  readonly #params: ListWatchersParams
  readonly #groups = new Map<string, Group>()
  readonly #lists: FlushQueue<Visibility, readonly OperationRecord[]>

  constructor(params: ListWatchersParams) {
    this.#params = params
    this.#lists = new FlushQueue({ name: 'active operations', flush: (asked) => this.#listOnce(asked), maxBatch: LISTS_AT_ONCE })
  }

  /** Whether somebody may want to see operations of this owner that nobody follows yet. */
  concerns(ownerId: string): boolean {
    if (this.#groups.has(ALL) || this.#groups.has(keyOf({ kind: 'owner', ownerId }))) return true
    for (const { visibility } of this.#groups.values()) if (isOpener(visibility)) return true
    return false
  }

  /** Listens, then shows what is active; resolves to what ends it. */
  async open(visibility: Visibility, watcher: Watcher): Promise<() => void> {
    const key = keyOf(visibility)
    const group = this.#groups.get(key) ?? { visibility, watchers: new Set<Watcher>() }
    this.#groups.set(key, group)
    group.watchers.add(watcher)
    let leave: (() => void) | undefined
    const end = () => {
      leave?.()
      group.watchers.delete(watcher)
      if (group.watchers.size === 0 && this.#groups.get(key) === group) this.#groups.delete(key)
    }
    try {
      leave = await this.#params.audiences.join(channelOf(visibility))
      await this.#show(visibility)
      return end
    } catch (error) {
      end()
      throw error
    }
  }

  /** Shows a record to all who may see it and do not follow it. */
  offer(record: OperationRecord, followers: ReadonlySet<Follower>): void {
    const { ownerId, createdBy } = record
    const keys = new Set([
      ALL,
      keyOf({ kind: 'owner', ownerId }),
      keyOf({ kind: 'owner', ownerId, opened: true }),
      keyOf({ kind: 'owner', ownerId: createdBy.id, opened: true }),
    ])
    for (const key of keys) {
      for (const watcher of this.#groups.get(key)?.watchers ?? []) if (!followers.has(watcher)) watcher.offer(record)
    }
  }

  /** Looks again at what is active, for all. */
  async relist(): Promise<void> {
    await Promise.all([...this.#groups.values()].map(({ visibility }) => this.#show(visibility).catch(this.#params.onError)))
  }

  /** Resolves when no list is being read. */
  drained(): Promise<void> {
    return this.#lists.drained()
  }

  async #show(visibility: Visibility): Promise<void> {
    for (const record of await this.#lists.submit(visibility)) this.#params.records.put(record)
  }

  /** One read for all who ask for the same list. */
  async #listOnce(asked: readonly Visibility[]): Promise<readonly (readonly OperationRecord[])[]> {
    const byKey = new Map(asked.map((visibility) => [keyOf(visibility), visibility]))
    const keys = [...byKey.keys()]
    const lists = await Promise.all([...byKey.values()].map((visibility) => this.#params.listActive(visibility)))
    return asked.map((visibility) => lists[keys.indexOf(keyOf(visibility))] ?? [])
  }
}

const ALL = 'all'
const isOpener = (visibility: Visibility): boolean => visibility.kind === 'owner' && visibility.opened === true
const keyOf = (visibility: Visibility): string => (visibility.kind === 'all' ? ALL : `${isOpener(visibility) ? 'opener' : 'owner'}:${visibility.ownerId}`)

/** A service may have opened operations for anybody: it hears of all, and is shown what is its own. Services that watch lists are few. */
const channelOf = (visibility: Visibility): string =>
  visibility.kind === 'all' || isOpener(visibility) ? ALL_OPERATIONS_CHANNEL : ownerChannel(visibility.ownerId)
