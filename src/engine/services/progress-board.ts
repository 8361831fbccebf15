import type { Clock } from '../../base/clock.ts'
import type { Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { ProgressFrame } from '../channels.ts'
import type { ProgressRecord } from '../records.ts'
import { type OwnedProgress, saveProgress } from '../store/save-progress.ts'
import type { Hints } from './hints.ts'
import type { RunSession } from './run-session.ts'

/** Figures are shown at most so often, and stored at most so often, per operation. */
const SHOW_EVERY_MS = 100
const STORE_EVERY_MS = 1_000

export interface ProgressBoardParams {
  readonly database: Database
  readonly clock: Clock
  readonly hints: Hints
  readonly telemetry: Telemetry
}

/** Shows and stores the progress of this instance's runs: coalesced in memory, over the bus every 100 ms, in the database every second. */
export class ProgressBoard implements Service {
  readonly #params: ProgressBoardParams
  readonly #changed = new Set<RunSession>()
  readonly #unsaved = new Map<RunSession, OwnedProgress>()
  #cancelTick: (() => void) | undefined
  #lastStoreAt = 0
  #storing: Promise<void> | undefined

  constructor(params: ProgressBoardParams) {
    this.#params = params
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#cancelTick?.()
    this.#cancelTick = undefined
    this.#changed.clear()
    this.#unsaved.clear()
    await this.#storing
  }

  touch(session: RunSession): void {
    this.#changed.add(session)
    this.#cancelTick ??= this.#params.clock.after(SHOW_EVERY_MS, () => this.#tick())
  }

  /** The run ends: its last figures are stored with its end, not here. */
  take(session: RunSession): ProgressRecord | undefined {
    this.#changed.delete(session)
    this.#unsaved.delete(session)
    return session.tracker?.touched ? session.tracker.snapshot() : undefined
  }

  #tick(): void {
    const frames: ProgressFrame[] = []
    for (const session of this.#changed) {
      const tracker = session.tracker
      if (!tracker?.dirty) continue
      const figures = tracker.snapshot()
      this.#unsaved.set(session, { ...figures, id: session.id, token: session.token })
      frames.push(toFrame(session, figures))
      const milestone = tracker.takeMilestone()
      if (milestone !== undefined) session.announce(milestone, figures)
    }
    this.#changed.clear()
    this.#params.hints.progressed(frames)
    const now = this.#params.clock.monotonic()
    if (now - this.#lastStoreAt >= STORE_EVERY_MS && !this.#storing) this.#store(now)
    const again = this.#changed.size > 0 || this.#unsaved.size > 0
    this.#cancelTick = again ? this.#params.clock.after(SHOW_EVERY_MS, () => this.#tick()) : undefined
  }

  #store(now: number): void {
    if (this.#unsaved.size === 0) return
    const rows = [...this.#unsaved.values()]
    this.#unsaved.clear()
    this.#lastStoreAt = now
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
