import type { ProgressView } from '../engine/engine.ts'
import { EXTERNAL_TYPE } from '../engine/external.ts'
import type { OperationState } from '../engine/lifecycle.ts'
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

/** States in which people decide how long it takes. */
const UNKNOWN_IN: Partial<Readonly<Record<OperationState, string>>> = {
  paused: 'it is paused',
  pausing: 'it is about to be paused',
  canceling: 'it is being canceled',
}

const LONGER_THAN_USUAL = 'it takes longer than usual'
const NEVER_SAID = 'the service that does it has not said how long it takes'

/** Work elsewhere has no usual time: its service may say how long it takes, or how much there is to do. */
function whyUnknown({ type, input, progress }: OperationRecord): string {
  const isSilent = type === EXTERNAL_TYPE && typeof input['estimateSeconds'] !== 'number' && progress.ratePerSecond === null
  return isSilent ? NEVER_SAID : LONGER_THAN_USUAL
}

/**
 * When an unfinished operation is expected to end: by its progress while it runs; one that waits, from its next start on, after what is
 * left by the history of its type. Nobody knows when somebody resumes what is paused.
 */
export function expectedEnd(operation: OperationRecord, progress: ProgressView, nowMs: number): ExpectedEnd {
  const because = UNKNOWN_IN[operation.state]
  if (because !== undefined) return unknown(because)
  if (operation.state === 'running') return progress.estimatedCompletionAt ? known(progress.estimatedCompletionAt.getTime()) : unknown(whyUnknown(operation))
  const start = operation.state === 'retrying' ? operation.nextAttemptAt : operation.runAt
  if (progress.remainingSeconds === null) return unknown(whyUnknown(operation))
  return known(Math.max(nowMs, start?.getTime() ?? nowMs) + progress.remainingSeconds * 1_000)
}

/** Whole seconds, rounded up; an end that has passed is no end, but unknown. */
export function fromNow({ until, unknownBecause }: ExpectedEnd, nowMs: number): ExpectedEnd {
  if (until === null) return { until, unknownBecause }
  return until.getTime() <= nowMs ? unknown(LONGER_THAN_USUAL) : known(Math.ceil(until.getTime() / 1_000) * 1_000)
}
