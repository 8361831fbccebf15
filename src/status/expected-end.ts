import type { ProgressView } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'

/** When something is expected to end. */
export interface ExpectedEnd {
  /** Null: unknown. */
  readonly until: Date | null
  /** Why it is unknown: a clause for people; null where it is known, or where there is nothing to say. */
  readonly unknownBecause: string | null
}

const known = (ms: number): ExpectedEnd => ({ until: new Date(ms), unknownBecause: null })
const unknown = (unknownBecause: string): ExpectedEnd => ({ until: null, unknownBecause })

export const LONGER_THAN_USUAL = 'it takes longer than usual'

/**
 * When an unfinished operation is expected to end: by its progress while it runs; one that waits, from its next start on, after what is
 * left by the history of its type. Nobody knows when somebody resumes what is paused.
 */
export function expectedEnd(operation: OperationRecord, progress: ProgressView, nowMs: number): ExpectedEnd {
  const after = (start: Date | null): ExpectedEnd =>
    progress.remainingSeconds === null ? unknown(LONGER_THAN_USUAL) : known(Math.max(nowMs, start?.getTime() ?? nowMs) + progress.remainingSeconds * 1_000)
  switch (operation.state) {
    case 'paused':
      return unknown('it is paused')
    case 'pausing':
      return unknown('it is about to be paused')
    case 'canceling':
      return unknown('it is being canceled')
    case 'queued':
      return after(operation.runAt)
    case 'retrying':
      return after(operation.nextAttemptAt)
    default:
      return progress.estimatedCompletionAt ? known(progress.estimatedCompletionAt.getTime()) : unknown(LONGER_THAN_USUAL)
  }
}

/** Whole seconds, rounded up; an end that has passed is no end, but unknown. */
export function fromNow({ until, unknownBecause }: ExpectedEnd, nowMs: number): ExpectedEnd {
  if (until === null) return { until, unknownBecause }
  return until.getTime() <= nowMs ? unknown(LONGER_THAN_USUAL) : known(Math.ceil(until.getTime() / 1_000) * 1_000)
}
