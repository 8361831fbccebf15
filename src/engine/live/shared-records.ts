import { FlushQueue } from '../../base/flush-queue.ts'
import type { ProgressFrame } from '../channels.ts'
import type { OperationRecord } from '../records.ts'
import { toProgressRecord } from './operations-message.ts'

/** Who is told of every change of an operation; `undefined` when the operation is gone. */
export interface Follower {
  changed(id: string, record: OperationRecord | undefined): void
}

export interface SharedRecordsParams {
  readonly load: (ids: readonly string[]) => Promise<readonly (OperationRecord | undefined)[]>
  readonly isDone: (record: OperationRecord) => boolean
  /** Told of a record that may be news to others than its followers, before these, so that others may begin to follow it. */
  readonly onRead: (record: OperationRecord, followers: ReadonlySet<Follower>) => void
  /** So many changes came at once that some were not read: look again at what is active. */
  readonly onOverflow: () => void
  readonly onError: (error: unknown) => void
}

interface Entry {
  record: OperationRecord | undefined
  readonly followers: Set<Follower>
  loading: boolean
  /** Highest version that a hint told of. */
  hinted: number
  /** Highest version that others than its followers were told of. */
  told: number
  /** Newest lease that a progress frame told of, and that frame, until the record shows whose it is. */
  lease: number
  frame: ProgressFrame | undefined
}

const LOAD_BATCH = 500
/** Operations that may be read together because of hints, beyond those that somebody follows. */
const LOADING_LIMIT = 10_000
/** Operations whose last version is remembered after nobody follows them: a hint that comes by two channels is read once. */
const REMEMBERED = 5_000

/**
 * One record per operation that somebody follows on this instance, kept current by hints: a change causes one grouped read for
 * all followers, a progress frame of the current run none at all. Neither version nor progress ever goes back.
 */
export class SharedRecords {
  readonly #params: SharedRecordsParams
  readonly #entries = new Map<string, Entry>()
  readonly #remembered = new Map<string, number>()
  readonly #queue: FlushQueue<string, OperationRecord | undefined>
  readonly #reloads = new Set<Promise<void>>()
  #overflowed = false
  #stopped = false

  constructor(params: SharedRecordsParams) {
    this.#params = params
    this.#queue = new FlushQueue({ name: 'live operations', flush: (ids) => this.#readOnce(ids), maxBatch: LOAD_BATCH })
  }

  /** Operations that are followed, or being read. */
  get size(): number {
    return this.#entries.size
  }

  get(id: string): OperationRecord | undefined {
    return this.#entries.get(id)?.record
  }

  follow(id: string, follower: Follower): void {
    this.#entry(id).followers.add(follower)
  }

  unfollow(id: string, follower: Follower): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.followers.delete(follower)
    this.#evict(id, entry)
  }

  /** Reads it now, together with all others that are asked for; rejects when the database does not answer. */
  async load(id: string): Promise<OperationRecord | undefined> {
    if (this.#stopped) return undefined
    const record = await this.#queue.submit(id)
    return record ? this.put(record) : this.#vanished(id)
  }

  /** Takes a record that was read; answers the newest that is known. */
  put(record: OperationRecord): OperationRecord {
    const entry = this.#entry(record.id)
    const newest = withFrame(entry.record ? newer(entry.record, record) : record, entry)
    entry.record = newest
    // First those who may begin to follow: a follower that sends the end at once stops following, and must not begin anew.
    if (this.#isNews(newest, entry)) {
      entry.told = newest.version
      this.#params.onRead(newest, entry.followers)
    }
    for (const follower of entry.followers) follower.changed(record.id, newest)
    this.#evict(record.id, entry)
    return newest
  }

  /** A hint; `wanted`: somebody may want to see it who does not follow it yet. */
  hint(id: string, version: number, wanted: boolean): void {
    const known = this.#entries.get(id)
    if (!known && (!wanted || version <= (this.#remembered.get(id) ?? 0))) return
    if (!known && this.#reloads.size >= LOADING_LIMIT) {
      this.#overflowed = true
      return
    }
    const entry = known ?? this.#entry(id)
    entry.hinted = Math.max(entry.hinted, version)
    if (entry.hinted > (entry.record?.version ?? 0)) this.#reload(id, entry)
  }

  /** Progress of a run between two reads. Frames of runs that are over are dropped; a newer run than the known one is read first. */
  progress(frame: ProgressFrame): void {
    const entry = this.#entries.get(frame.id)
    if (!entry) return
    const record = entry.record
    const current = record?.leaseToken ?? 0
    if (record && frame.lease === current) {
      if (frame.revision <= record.progress.revision) return
      entry.record = { ...record, progress: toProgressRecord(frame) }
      for (const follower of entry.followers) follower.changed(frame.id, entry.record)
      return
    }
    if (frame.lease < current || frame.lease < entry.lease) return
    const unknown = frame.lease > entry.lease
    entry.lease = frame.lease
    if (unknown || (entry.frame && frame.revision > entry.frame.revision)) entry.frame = frame
    if (unknown) this.#reload(frame.id, entry)
  }

  /** Reads all again, for when hints may have been lost. */
  async reloadAll(): Promise<void> {
    const ids = [...this.#entries.keys()]
    for (let index = 0; index < ids.length; index += LOAD_BATCH) {
      await Promise.all(ids.slice(index, index + LOAD_BATCH).map((id) => this.load(id).catch(this.#params.onError)))
    }
  }

  /** Begins no read any more; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#reloads)
    await this.#queue.drained()
  }

  /** An end is news once, and only when it was hinted at: that somebody looks at what ended long ago is none. Neither is a list that was read before the end. */
  #isNews(record: OperationRecord, entry: Entry): boolean {
    return this.#params.isDone(record) ? record.version > entry.told && entry.hinted > 0 : record.version >= entry.told
  }

  #entry(id: string): Entry {
    let entry = this.#entries.get(id)
    if (!entry) {
      entry = { record: undefined, followers: new Set(), loading: false, hinted: 0, told: this.#remembered.get(id) ?? 0, lease: 0, frame: undefined }
      this.#entries.set(id, entry)
    }
    return entry
  }

  #reload(id: string, entry: Entry): void {
    if (entry.loading || this.#stopped) return
    entry.loading = true
    const reload = this.#reloadNow(id, entry).finally(() => {
      this.#reloads.delete(reload)
      if (this.#reloads.size > 0 || !this.#overflowed) return
      this.#overflowed = false
      this.#params.onOverflow()
    })
    this.#reloads.add(reload)
  }

  async #reloadNow(id: string, entry: Entry): Promise<void> {
    try {
      // Again while hints came that this read may not have seen; one that nothing stands behind causes one read.
      for (let seen = -1; !this.#stopped && seen !== entry.hinted && entry.hinted > (entry.record?.version ?? -1); ) {
        seen = entry.hinted
        if (!(await this.load(id))) break
      }
      // A frame of a run that the read did not see yet.
      if (entry.frame && !this.#stopped) await this.load(id)
    } catch (error) {
      this.#params.onError(error)
    }
    entry.loading = false
    entry.hinted = entry.record?.version ?? 0
    this.#evict(id, entry)
  }

  async #readOnce(ids: readonly string[]): Promise<readonly (OperationRecord | undefined)[]> {
    const unique = [...new Set(ids)]
    const records = await this.#params.load(unique)
    const byId = new Map(unique.map((id, index) => [id, records[index]]))
    return ids.map((id) => byId.get(id))
  }

  #vanished(id: string): undefined {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    for (const follower of entry.followers) follower.changed(id, undefined)
  }

  #evict(id: string, entry: Entry): void {
    if (entry.followers.size > 0 || entry.loading || this.#entries.get(id) !== entry) return
    this.#entries.delete(id)
    if (entry.told === 0) return
    this.#remembered.delete(id)
    this.#remembered.set(id, entry.told)
    if (this.#remembered.size > REMEMBERED) for (const [oldest] of this.#remembered) return void this.#remembered.delete(oldest)
  }
}

/** State by version and progress by revision, each the newer of the two. */
function newer(known: OperationRecord, read: OperationRecord): OperationRecord {
  const record = read.version >= known.version ? read : known
  const progress = read.progress.revision >= known.progress.revision ? read.progress : known.progress
  return record.progress === progress ? record : { ...record, progress }
}

/** Applies the frame that waited for its run to be known; one of a run that is still unknown waits on. */
function withFrame(record: OperationRecord, entry: Entry): OperationRecord {
  const { frame } = entry
  const lease = record.leaseToken ?? 0
  entry.lease = Math.max(entry.lease, lease)
  if (!frame || frame.lease > lease) return record
  entry.frame = undefined
  return frame.lease === lease && frame.revision > record.progress.revision ? { ...record, progress: toProgressRecord(frame) } : record
}
