import type { Clock } from '../base/clock.ts'
import { doneOf, percentageOf } from './progress.ts'
import type { ProgressRecord } from './records.ts'
import type { ProgressReport } from './run.ts'
import type { ProgressRow } from './store/read-run-state.ts'

/** A claim raises the revision by so much, so that a rescued run never reports below what was shown and not yet stored. */
export const REVISIONS_PER_CLAIM = 1_000

/** Shares of the work that are worth an event. */
export const MILESTONES = [25, 50, 75] as const

/** Time constant of the moving average of the rate, milliseconds. */
export const RATE_WINDOW_MS = 10_000

/** Figures of one run, kept in memory; reports only change numbers here. `snapshot()` makes the next revision. */
export class ProgressTracker {
  readonly #clock: Clock
  #revision: number
  #total: number | null
  #succeeded: number
  #failed: number
  #skipped: number
  #unit: string
  #message: string | null
  #rate: number | null = null
  #movedAtMs: number
  readonly #doneBefore: number
  #rateDone: number
  #rateAt: number
  #milestone: number
  /** Something changed since the last snapshot. */
  dirty = false
  /** Something was ever reported in this run. */
  touched = false

  constructor(clock: Clock, unit: string, stored: ProgressRow | undefined) {
    this.#clock = clock
    this.#revision = (stored?.revision ?? 0) + (stored ? REVISIONS_PER_CLAIM : 0)
    this.#total = stored?.total ?? null
    this.#succeeded = stored?.succeeded ?? 0
    this.#failed = stored?.failed ?? 0
    this.#skipped = stored?.skipped ?? 0
    this.#unit = stored?.unit ?? unit
    this.#message = stored?.message ?? null
    this.#movedAtMs = clock.now()
    this.#doneBefore = this.#done()
    this.#rateDone = this.#doneBefore
    this.#rateAt = clock.monotonic()
    this.#milestone = this.#reached()
  }

  report(report: ProgressReport): void {
    if (report.total !== undefined) this.#total = report.total === null ? null : count(report.total)
    if (report.unit !== undefined) this.#unit = report.unit
    if (report.message !== undefined) this.#message = report.message
    this.#count(report.succeeded ?? this.#succeeded, report.failed ?? this.#failed, report.skipped ?? this.#skipped)
  }

  advance(counts: { readonly succeeded?: number; readonly failed?: number; readonly skipped?: number; readonly message?: string }): void {
    if (counts.message !== undefined) this.#message = counts.message
    this.#count(this.#succeeded + (counts.succeeded ?? 0), this.#failed + (counts.failed ?? 0), this.#skipped + (counts.skipped ?? 0))
  }

  #count(succeeded: number, failed: number, skipped: number): void {
    if (succeeded !== this.#succeeded || failed !== this.#failed || skipped !== this.#skipped) this.#movedAtMs = this.#clock.now()
    this.#succeeded = count(succeeded)
    this.#failed = count(failed)
    this.#skipped = count(skipped)
    this.dirty = true
    this.touched = true
  }

  /** Units that this run finished; earlier runs may have finished more. */
  get unitsOfRun(): number {
    return Math.max(0, this.#done() - this.#doneBefore)
  }

  /** The figures of this moment under a new revision. */
  snapshot(): ProgressRecord {
    this.dirty = false
    this.#revision += 1
    this.#measureRate()
    const now = new Date(this.#clock.now())
    return {
      revision: this.#revision,
      total: this.#total,
      succeeded: this.#succeeded,
      failed: this.#failed,
      skipped: this.#skipped,
      unit: this.#unit,
      message: this.#message,
      ratePerSecond: this.#rate,
      movedAt: new Date(this.#movedAtMs),
      updatedAt: now,
    }
  }

  /** The highest share that was reached since the last call and is worth an event; those of earlier runs are not told again. */
  takeMilestone(): number | undefined {
    const reached = this.#reached()
    if (reached <= this.#milestone) return undefined
    this.#milestone = reached
    return reached
  }

  #reached(): number {
    const percentage = percentageOf(this.#done(), this.#total) ?? 0
    return MILESTONES.findLast((share) => percentage >= share) ?? 0
  }

  #done(): number {
    return doneOf({ succeeded: this.#succeeded, failed: this.#failed, skipped: this.#skipped })
  }

  #measureRate(): void {
    const at = this.#clock.monotonic()
    const passedMs = at - this.#rateAt
    if (passedMs < 50) return
    const done = this.#done()
    const rate = (Math.max(0, done - this.#rateDone) * 1000) / passedMs
    const weight = 1 - Math.exp(-passedMs / RATE_WINDOW_MS)
    if (this.#rate !== null) this.#rate += weight * (rate - this.#rate)
    else if (done > this.#rateDone) this.#rate = rate
    this.#rateDone = done
    this.#rateAt = at
  }
}

/** Counts are whole and never negative, whatever a handler computes. */
const count = (value: number): number => (Number.isFinite(value) && value > 0 ? Math.floor(value) : 0)
