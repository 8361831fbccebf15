import type { Clock } from '../../base/clock.ts'
import type { Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { ProgressFrame } from '../channels.ts'
import { Conflation } from '../live/conflation.ts'
import type { ProgressRecord } from '../records.ts'
import { type OwnedProgress, saveProgress } from '../store/save-progress.ts'
import type { Hints } from './hints.ts'
import type { RunSession } from './run-session.ts'

/** Figures are shown at once, then at most so often, and stored at most so often, per operation. */
const SHOW_EVERY_MS = 100
const STORE_EVERY_MS = 1_000
/** Reports of many runs that come within it are shown by one message. */
const GATHER_MS = 2

export interface ProgressBoardParams {
  readonly database: Database
  readonly clock: Clock
  readonly hints: Hints
  readonly telemetry: Telemetry
}

/** Shows and stores the progress of this instance's runs: coalesced in memory, over the bus at once or every 100 ms, in the database every second. */
export class ProgressBoard implements Service {
  readonly #params: ProgressBoardParams
  /** Runs that reported something that is not shown yet. */
  readonly #changed = new Map<string, RunSession>()
  readonly #due: Conflation
  readonly #shownAt = new WeakMap<RunSession, number>()
  readonly #unsaved = new Map<RunSession, OwnedProgress>()
  #cancelShow: (() => void) | undefined
  #cancelStore: (() => void) | undefined
  #storing: Promise<void> | undefined

  constructor(params: ProgressBoardParams) {
    this.#params = params
    this.#due = new Conflation(params.clock, () => {
      this.#cancelShow ??= params.clock.after(GATHER_MS, () => this.#show())
    })
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#cancelShow?.()
    this.#cancelStore?.()
    this.#cancelShow = this.#cancelStore = undefined
    this.#due.clear()
    this.#changed.clear()
    this.#unsaved.clear()
    await this.#storing
  }

  touch(session: RunSession): void {
    if (this.#changed.get(session.id) === session) return
    this.#changed.set(session.id, session)
    this.#due.mark(session.id, (this.#shownAt.get(session) ?? Number.NEGATIVE_INFINITY) + SHOW_EVERY_MS)
  }

  /** The run ends: its last figures are stored with its end, not here. */
  take(session: RunSession): ProgressRecord | undefined {
    if (this.#changed.get(session.id) === session) {
      this.#changed.delete(session.id)
      this.#due.drop(session.id)
    }
    this.#unsaved.delete(session)
    return session.tracker?.touched ? session.tracker.snapshot() : undefined
  }

  #show(): void {
    this.#cancelShow = undefined
    const frames: ProgressFrame[] = []
    const now = this.#params.clock.monotonic()
    for (let id = this.#due.take(); id !== undefined; id = this.#due.take()) {
      const session = this.#changed.get(id)
      const tracker = session?.tracker
      this.#changed.delete(id)
      if (!session || !tracker?.dirty) continue
      this.#shownAt.set(session, now)
      const figures = tracker.snapshot()
      this.#unsaved.set(session, { ...figures, id: session.id, token: session.token })
      frames.push(toFrame(session, figures))
      const milestone = tracker.takeMilestone()
      if (milestone !== undefined) session.announce(milestone, figures)
    }
    this.#params.hints.progressed(frames)
    if (this.#unsaved.size > 0) this.#cancelStore ??= this.#params.clock.after(STORE_EVERY_MS, () => this.#store())
  }

  #store(): void {
    this.#cancelStore = undefined
    if (this.#unsaved.size === 0) return
    if (this.#storing) {
      this.#cancelStore = this.#params.clock.after(STORE_EVERY_MS, () => this.#store())
      return
    }
    const rows = [...this.#unsaved.values()]
    this.#unsaved.clear()
    this.#storing = saveProgress(this.#params.database, rows)
      // The next second stores newer figures; an end stores the last ones.
      .catch((error: unknown) => this.#params.telemetry.emit('failure.contained', { where: 'engine.progress', error }))
      .finally(() => {
        this.#storing = undefined
      })
  }
}

function toFrame(session: RunSession, figures: ProgressRecord): ProgressFrame {
  return {
    id: session.id,
    ownerId: session.ownerId,
    lease: session.token,
    revision: figures.revision,
    total: figures.total,
    succeeded: figures.succeeded,
    failed: figures.failed,
    skipped: figures.skipped,
    unit: figures.unit,
    message: figures.message,
    ratePerSecond: figures.ratePerSecond,
    movedAtMs: figures.movedAt.getTime(),
    updatedAtMs: figures.updatedAt.getTime(),
  }
}
