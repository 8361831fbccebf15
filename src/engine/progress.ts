import type { OperationDefinition } from './definition.ts'
import type { ProgressView } from './engine.ts'
import { isDone } from './lifecycle.ts'
import type { OperationRecord, ProgressRecord } from './records.ts'
import type { TypeHistory } from './store/read-rollups.ts'

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

/** Milliseconds that are left: as it usually goes, and in nine of ten cases at most. `null`: nobody knows. */
interface Remaining {
  readonly usual: number | null
  readonly high: number | null
}

const UNKNOWN: Remaining = { usual: null, high: null }

/** The upper end is told only where it is one. */
const range = (usual: number, high: number | null): Remaining => ({ usual, high: high !== null && high >= usual ? high : null })

function estimateOfService({ input }: OperationRecord): number | undefined {
  const { estimateSeconds } = input
  return typeof estimateSeconds === 'number' ? estimateSeconds * 1_000 : undefined
}

/** From the rate; where it is young, from the usual time of a unit, else from that of the whole, else from the estimate of the definition. */
function remaining(record: OperationRecord, context: ProgressContext): Remaining {
  const { progress } = record
  const { definition } = context
  const isElsewhere = definition !== undefined && definition.run === undefined
  // Work of other services has nothing in common but its type: only its service knows how long it takes.
  const history = isElsewhere ? undefined : context.history
  const done = doneOf(progress)
  const left = progress.total === null ? null : Math.max(0, progress.total - done)
  const running = record.state === 'running' && record.startedAt ? context.now - record.startedAt.getTime() : record.workedMs
  const perUnitHigh = left !== null && history?.perUnitHighMs ? left * history.perUnitHighMs : null
  const wholeHigh = history?.p90Ms && history.p90Ms > running ? history.p90Ms - running : null
  const high = perUnitHigh ?? wholeHigh
  if (left !== null && progress.ratePerSecond && progress.ratePerSecond > 0 && !isYoung(record, percentageOf(done, progress.total), context.now))
    return range((left / progress.ratePerSecond) * 1000, high)
  if (left !== null && history?.perUnitMs) return range(left * history.perUnitMs, high)
  const usual = isElsewhere ? estimateOfService(record) : (history?.p50Ms ?? definition?.estimateMs)
  if (usual !== undefined && usual > running) return range(usual - running, wholeHigh)
  // Longer than half of them take: as the slower ones. Longer than those, too: nobody knows.
  return wholeHigh === null ? UNKNOWN : range(wholeHigh, wholeHigh)
}

function stalledSince(record: OperationRecord, now: number): Date | null {
  if (record.state !== 'running') return null
  const perItemMs = record.progress.ratePerSecond ? 1000 / record.progress.ratePerSecond : 0
  const since = Math.max(record.progress.movedAt.getTime(), record.startedAt?.getTime() ?? 0)
  return now - since > Math.max(STALL_FLOOR_MS, STALL_ITEMS * perItemMs) ? new Date(since) : null
}

const inSeconds = (ms: number | null): number | null => (ms === null ? null : Math.ceil(ms / 1000))

export function viewProgress(record: OperationRecord, context: ProgressContext): ProgressView {
  const { progress } = record
  const done = doneOf(progress)
  const ended = isDone(record.state)
  const percentage = percentageOf(done, progress.total) ?? (record.state === 'completed' ? 100 : null)
  const left = ended ? UNKNOWN : remaining(record, context)
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
    remainingSeconds: inSeconds(left.usual),
    remainingSecondsHigh: inSeconds(left.high),
    estimatedCompletionAt: left.usual === null || record.state !== 'running' ? null : new Date(context.now + left.usual),
    stalledSince: stalledSince(record, context.now),
    updatedAt: progress.updatedAt,
  }
}
