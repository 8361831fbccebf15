import type { Actor } from '../base/actor.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Impact, Priority } from './definition.ts'
import type { OperationState } from './lifecycle.ts'

/** What is known of one operation, as read from the stores. Ids are UUIDs; instants are `Date`s of the database's clock. */
export interface OperationRecord {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly state: OperationState
  readonly stateReason: StateReason | null
  readonly priority: Priority
  readonly ownerId: string
  readonly tenantId: string | null
  readonly createdBy: Actor
  readonly input: JsonObject
  readonly result: Json | null
  readonly failure: Failure | null
  readonly impact: Impact
  readonly version: number
  readonly attempt: number
  readonly maxAttempts: number
  readonly nextAttemptAt: Date | null
  readonly deadlineAt: Date | null
  readonly createdAt: Date
  readonly runAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly updatedAt: Date
  /** Running time so far, milliseconds, without the current run. */
  readonly workedMs: number
  /** A fenced number of the current run; orders progress of different runs. */
  readonly leaseToken: number | null
  /** What it made was deleted since; left out of the history unless asked for. */
  readonly hidden: boolean
  /** It keeps a ledger of items. */
  readonly itemized: boolean
  readonly progress: ProgressRecord
  readonly steps: readonly StepRecord[]
}

export interface StateReason {
  readonly code: string
  readonly message: string
  readonly since: string
  readonly until?: string
  readonly actor?: Actor
}

export interface Failure {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly step?: string
  readonly at: string
}

/** Counts of a progress, as stored, sent and shown. */
export interface ProgressFigures {
  /** Grows with every report, never goes back. */
  readonly revision: number
  /** `null`: unknown. */
  readonly total: number | null
  readonly succeeded: number
  readonly failed: number
  readonly skipped: number
  readonly unit: string
  readonly message: string | null
  readonly ratePerSecond: number | null
}

export interface ProgressRecord extends ProgressFigures {
  /** When a count last changed. */
  readonly movedAt: Date
  readonly updatedAt: Date
}

export const STEP_STATES = ['pending', 'running', 'completed', 'failed'] as const
export type StepState = (typeof STEP_STATES)[number]

/** A step that was started at least once. Steps that were not are known from the definition only. */
export interface StepRecord {
  readonly name: string
  readonly state: StepState
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly message: string | null
}
