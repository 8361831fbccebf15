import type { OperationDefinition } from './definition.ts'
import type { ProgressView } from './engine.ts'
import { isDone } from './lifecycle.ts'
import type { OperationRecord, ProgressRecord } from './records.ts'
import type { TypeHistory } from './store/read-figures.ts'

/** Figures for people, derived from counts. Unknown is null, never a made-up number. */

/** 100 × done / total with one decimal; 100 only when all is done. */
export function percentageOf(done: number, total: number | null): number | null {
  if (total === null || total <= 0) return null
  if (done >= total) return 100
  return Math.min(99.9, Math.round((done / total) * 1000) / 10)
}

export const doneOf = (progress: Pick<ProgressRecord, 'succeeded' | 'failed' | 'skipped'>): number => progress.succeeded + progress.failed + progress.skipped

/** A young rate says nothing: below both, the history of the type (or its estimate) answers. */
const YOUNG_PERCENTAGE = 2
const YOUNG_MS = 5_000

const STALL_FLOOR_MS = 30_000
const STALL_ITEMS = 5

function isYoung(record: OperationRecord, percentage: number | null, now: number): boolean {
  const age = record.workedMs + (record.startedAt ? now - record.startedAt.getTime() : 0)
  return age < YOUNG_MS && (percentage ?? 0) < YOUNG_PERCENTAGE
}

export interface ProgressContext {
  readonly definition: OperationDefinition | undefined
  readonly history: TypeHistory | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Milliseconds of work left: from the rate; where it is young, from the history of the type, else from its estimate. */
function remainingMs(record: OperationRecord, context: ProgressContext): number | null {
  const { progress } = record
  const done = doneOf(progress)
  const left = progress.total === null ? null : Math.max(0, progress.total - done)
  const percentage = percentageOf(done, progress.total)
  if (left !== null && progress.ratePerSecond && progress.ratePerSecond > 0 && !isYoung(record, percentage, context.now))
    return (left / progress.ratePerSecond) * 1000
  if (left !== null && context.history?.perUnitMs) return left * context.history.perUnitMs
  const usual = context.history?.p50Ms ?? context.definition?.estimateMs
  if (usual === undefined) return null
  const running = record.state === 'running' && record.startedAt ? context.now - record.startedAt.getTime() : record.workedMs
  // Longer than usual already: nobody knows.
  return usual > running ? usual - running : null
}

function stalledSince(record: OperationRecord, now: number): Date | null {
  if (record.state !== 'running') return null
  const perItemMs = record.progress.ratePerSecond ? 1000 / record.progress.ratePerSecond : 0
  const since = Math.max(record.progress.movedAt.getTime(), record.startedAt?.getTime() ?? 0)
  return now - since > Math.max(STALL_FLOOR_MS, STALL_ITEMS * perItemMs) ? new Date(since) : null
}

export function viewProgress(record: OperationRecord, context: ProgressContext): ProgressView {
  const { progress } = record
  const done = doneOf(progress)
  const ended = isDone(record.state)
  const percentage = percentageOf(done, progress.total) ?? (record.state === 'completed' ? 100 : null)
  const left = ended ? null : remainingMs(record, context)
  return {
    revision: progress.revision,
    percentage,
    done,
    total: progress.total,
    succeeded: progress.succeeded,
    failed: progress.failed,
    skipped: progress.skipped,
    unit: progress.unit,
    message: progress.message,
    ratePerSecond: progress.ratePerSecond === null ? null : Math.round(progress.ratePerSecond * 100) / 100,
    remainingSeconds: left === null ? null : Math.ceil(left / 1000),
    estimatedCompletionAt: left === null || record.state !== 'running' ? null : new Date(context.now + left),
    stalledSince: stalledSince(record, context.now),
    updatedAt: progress.updatedAt,
  }
}
