import type { Clock } from '../../base/clock.ts'
import { FlushQueue } from '../../base/flush-queue.ts'
import type { Json } from '../../base/json.ts'
import { isDataError } from '../../database/errors.ts'
import type { Engine } from '../../engine/engine.ts'
import { EXTERNAL_TYPE } from '../../engine/external.ts'
import { isDone } from '../../engine/lifecycle.ts'
import type { OperationRecord } from '../../engine/records.ts'
import { type Audience, audienceOf, audiencesOf, ownerAudience, tenantAudience } from '../audience.ts'
import type { SystemStatus } from '../compute-status.ts'
import { type Sight, statusOf } from '../effects.ts'
import { hasEffect } from '../impact.ts'
import type { EffectsReading } from '../store/read-effects.ts'
import type { DatabaseTime } from './database-time.ts'
import { HeldAudience } from './held-audience.ts'
import { readImpactsMessage } from './impacts-message.ts'
import type { OpenWindows } from './open-windows.ts'
import { SharedView } from './shared-view.ts'
import type { AnyStatusWatcher, LiveQuestion } from './status-watcher.ts'

export interface WatchedAudiencesParams {
  readonly engine: Pick<Engine, 'registry' | 'progressOf' | 'watch' | 'byIds'>
  readonly clock: Clock
  readonly time: DatabaseTime
  readonly windows: OpenWindows
  readonly isBusDegraded: () => boolean
  readonly read: (audiences: readonly Audience[]) => Promise<EffectsReading>
  readonly onError: (error: unknown) => void
}

interface Entry {
  readonly held: HeldAudience
  /** Resolves when it was read for the first time. */
  readonly loaded: Promise<void>
}

/** Audiences, and operations that hints told of, that are read by one statement. */
const READ_TOGETHER = 500
/** Changes that come within it are looked at together. */
const GATHER_MS = 5
/** An operation that affects somebody tells of its progress this often. */
const FOLLOW_EVERY_MS = 1_000

/** The audiences that somebody watches, each held once, and the views that are made of them. */
export class WatchedAudiences {
  readonly #params: WatchedAudiencesParams
  readonly #entries = new Map<Audience, Entry>()
  readonly #views = new Map<string, SharedView>()
  /** Operations that are held, and where. */
  readonly #holders = new Map<string, HeldAudience>()
  readonly #reads: FlushQueue<Audience, undefined>
  readonly #hinted: FlushQueue<string, undefined>
  /** Whose operations came or went, and what else may look different now. */
  readonly #regrouped = new Set<HeldAudience>()
  readonly #dirty = new Set<SharedView>()
  #cancelSettle: (() => void) | undefined
  /** Numbers readings and ends in the order in which they happen here. */
  #count = 0

  constructor(params: WatchedAudiencesParams) {
    this.#params = params
    this.#reads = new FlushQueue({ name: 'status audiences', flush: (audiences) => this.#read(audiences), maxBatch: READ_TOGETHER, isDataError })
    this.#hinted = new FlushQueue({ name: 'status hints', flush: (ids) => this.#readHinted(ids), maxBatch: READ_TOGETHER })
  }

  get counts(): { readonly audiences: number; readonly views: number; readonly operations: number } {
    const operations = [...this.#entries.values()].reduce((sum, { held }) => sum + held.size, 0)
    return { audiences: this.#entries.size, views: this.#views.size, operations }
  }

  /** Resolves when the watcher has its view. */
  async join(watcher: AnyStatusWatcher, audiences: readonly Audience[]): Promise<void> {
    const entries = audiences.map((audience) => this.#entries.get(audience) ?? this.#open(audience))
    for (const { held } of entries) held.watchers.add(watcher)
    await Promise.all(entries.map(({ loaded }) => loaded))
    if (!watcher.closed) this.#attach(watcher)
  }

  leave(watcher: AnyStatusWatcher): void {
    for (const audience of audiencesOf(watcher.question)) {
      const held = this.#entries.get(audience)?.held
      if (!held?.watchers.delete(watcher) || held.watchers.size > 0) continue
      this.#entries.delete(audience)
      this.#regrouped.delete(held)
      held.close()
    }
  }

  /** Something changed that is not of one audience: windows, the bus. */
  changedForAll(): void {
    for (const { held } of this.#entries.values()) this.#regrouped.add(held)
    this.#settleSoon()
  }

  /** A hint: an operation may affect somebody. Reads it if that may be somebody who watches here. */
  receive(message: Json): void {
    for (const [id, , ownerId, type] of readImpactsMessage(message)) {
      if (!this.#mayConcern(ownerId, type) || this.#holders.has(id)) continue
      // More at once than can be kept waiting: the next look finds them.
      this.#hinted.submit(id).catch(this.#params.onError)
    }
  }

  /** Reads all that is watched again, because hints may have been lost. */
  async readAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((audience) => this.#reads.submit(audience)))
  }

  /** Reads the windows alone. */
  async readWindows(): Promise<void> {
    const readNo = this.#next()
    const { windows } = await this.#params.read([])
    if (this.#entries.size > 0) this.#params.windows.take(windows, readNo)
  }

  /** Resolves when nothing is being read. */
  async drained(): Promise<void> {
    this.#cancelSettle?.()
    this.#cancelSettle = undefined
    await Promise.all([this.#reads.drained(), this.#hinted.drained()])
  }

  #next(): number {
    this.#count += 1
    return this.#count
  }

  #open(audience: Audience): Entry {
    const held: HeldAudience = new HeldAudience({
      audience,
      engine: this.#params.engine,
      now: () => this.#params.time.now(),
      follow: (id) => this.#follow(id, held),
      onMembers: (changed) => {
        this.#regrouped.add(changed)
        this.#settleSoon()
      },
      onChange: ({ views }) => {
        for (const view of views) this.#dirty.add(view)
        this.#settleSoon()
      },
    })
    const loaded = this.#reads.submit(audience).then(() => undefined)
    // Told to whoever waits for it.
    loaded.catch(() => undefined)
    const entry = { held, loaded }
    this.#entries.set(audience, entry)
    return entry
  }

  async #read(asked: readonly Audience[]): Promise<readonly undefined[]> {
    const readNo = this.#next()
    const audiences = [...new Set(asked)].filter((audience) => this.#entries.has(audience))
    const { operations, windows } = await this.#params.read(audiences)
    for (const audience of audiences) this.#entries.get(audience)?.held.take(operations.get(audience) ?? [], readNo)
    if (this.#entries.size > 0) this.#params.windows.take(windows, readNo)
    return asked.map(() => undefined)
  }

  async #readHinted(asked: readonly string[]): Promise<readonly undefined[]> {
    const readNo = this.#next()
    const records = await this.#params.engine.byIds([...new Set(asked)])
    for (const record of records) if (record) this.#take(record, readNo)
    return asked.map(() => undefined)
  }

  #take(record: OperationRecord, readNo: number): void {
    const held = this.#entries.get(audienceOf(record))?.held
    if (!held || !hasEffect(record.impact)) return
    if (isDone(record.state)) held.drop(record.id, this.#next())
    // One whose start lies in the future affects nobody yet; it is told of again when it begins.
    else if (record.state !== 'queued' || record.runAt.getTime() <= this.#params.time.now()) held.put(record, readNo)
  }

  #mayConcern(ownerId: string, type: string): boolean {
    const definition = this.#params.engine.registry.get(type)
    if (!definition) return false
    return type === EXTERNAL_TYPE || definition.impact.scope !== 'owner' || this.#entries.has(ownerAudience(ownerId))
  }

  /** Its progress, its changes and its end, as every other subscriber of the operation gets them. */
  #follow(id: string, held: HeldAudience): () => void {
    const states = this.#params.engine.watch({ id, minIntervalMs: FOLLOW_EVERY_MS })
    this.#holders.set(id, held)
    void this.#pull(states, id, held)
    return () => {
      this.#holders.delete(id)
      void states.return?.()
    }
  }

  async #pull(states: AsyncIterator<OperationRecord>, id: string, held: HeldAudience): Promise<void> {
    try {
      for (let step = await states.next(); !step.done; step = await states.next()) {
        if (isDone(step.value.state)) break
        held.update(step.value)
      }
      // It has ended, or is gone; or it is not held any more.
      if (held.has(id)) held.drop(id, this.#next())
    } catch (error) {
      held.lost(id)
      this.#params.onError(error)
    }
  }

  #settleSoon(): void {
    this.#cancelSettle ??= this.#params.clock.after(GATHER_MS, () => this.#settle())
  }

  /** Moves watchers to the views that show what they see now, and looks at what those show. */
  #settle(): void {
    this.#cancelSettle = undefined
    for (const held of this.#regrouped) {
      for (const view of held.views) this.#dirty.add(view)
      for (const watcher of held.watchers) if (watcher.view) this.#attach(watcher)
    }
    this.#regrouped.clear()
    for (const view of this.#dirty) view.look()
    this.#dirty.clear()
  }

  #attach(watcher: AnyStatusWatcher): void {
    const { question } = watcher
    const audiences = this.#affecting(question)
    const seesAny = audiences.some(({ operations }) => operations.some(question.isVisible))
    const key = JSON.stringify([question.seesAuthors === true, seesAny ? question.sight : null, audiences.map((held) => held.audience)])
    if (watcher.view?.key === key) return
    // Nothing but what the key says may matter: the next one of this key is another user.
    const compute = () => this.#compute(audiences, { isVisible: seesAny ? question.isVisible : () => false, seesAuthors: question.seesAuthors === true })
    watcher.attach(this.#views.get(key) ?? this.#openView(key, audiences, compute))
    watcher.changed()
  }

  /** The audiences of a user in which there is something; everybody's always, because all windows for everybody are in it. */
  #affecting({ userId, tenantId }: LiveQuestion): readonly HeldAudience[] {
    const { windows } = this.#params
    return audiencesOf({ userId, tenantId }).flatMap((audience, index) => {
      const held = this.#entries.get(audience)?.held
      const hasWindows = tenantId !== null && audience === tenantAudience(tenantId) && windows.concernTenant(tenantId)
      return held && (index === 0 || held.size > 0 || hasWindows) ? [held] : []
    })
  }

  #openView(key: string, audiences: readonly HeldAudience[], compute: () => SystemStatus): SharedView {
    const view = new SharedView({
      key,
      clock: this.#params.clock,
      now: () => this.#params.time.now(),
      compute,
      onEmpty: () => {
        this.#views.delete(key)
        this.#dirty.delete(view)
        for (const held of audiences) held.views.delete(view)
      },
    })
    this.#views.set(key, view)
    for (const held of audiences) held.views.add(view)
    return view
  }

  #compute(audiences: readonly HeldAudience[], sight: Sight): SystemStatus {
    const { engine, time, windows, isBusDegraded } = this.#params
    const operations = new Map(audiences.map((held) => [held.audience, held.operations]))
    const effects = { nowMs: time.now(), operations, windows: windows.all }
    return statusOf({ engine, effects, audiences: [...operations.keys()], sight, isBusDegraded: isBusDegraded() })
  }
}
