import type { JsonObject } from '../base/json.ts'
import type { ProgressView } from '../engine/engine.ts'
import { isDone } from '../engine/lifecycle.ts'
import type { OperationRecord } from '../engine/records.ts'
import type { NotificationCategory, NotificationKind, Urgency } from './records.ts'
import type { Outcome } from './stored-notification.ts'

/** Where an operation stands, as its notification has it. `waiting`: it was told of before, and waits to run again. */
export type Phase = 'waiting' | 'progress' | 'paused' | Outcome

/** What is to be said of an operation now. Texts are for people. */
export interface OperationNews {
  readonly phase: Phase
  readonly category: NotificationCategory
  readonly kind: NotificationKind
  readonly urgency: Urgency
  readonly title: string
  readonly body: string | null
  readonly data: JsonObject
}

const MILESTONE = 25

const LOOKS = {
  waiting: { category: 'progress', kind: 'info', urgency: 'low' },
  progress: { category: 'progress', kind: 'info', urgency: 'low' },
  paused: { category: 'progress', kind: 'warning', urgency: 'normal' },
  completed: { category: 'result', kind: 'success', urgency: 'normal' },
  partial: { category: 'result', kind: 'warning', urgency: 'normal' },
  failed: { category: 'failure', kind: 'error', urgency: 'high' },
  canceled: { category: 'result', kind: 'info', urgency: 'normal' },
} as const satisfies Record<Phase, Pick<OperationNews, 'category' | 'kind' | 'urgency'>>

export const outcomeOf = ({ state, progress }: Pick<OperationRecord, 'state' | 'progress'>): Outcome | undefined => {
  if (state === 'completed') return progress.failed > 0 ? 'partial' : 'completed'
  return state === 'failed' || state === 'canceled' ? state : undefined
}

function phaseOf(operation: OperationRecord): Phase {
  if (operation.state === 'queued') return 'waiting'
  return outcomeOf(operation) ?? (operation.state === 'paused' ? 'paused' : 'progress')
}

/** `milestone`: the last one that an event told of; what is stored of the progress may be a second older. */
export function newsOf(operation: OperationRecord, view: ProgressView, milestone = 0): OperationNews {
  const phase = phaseOf(operation)
  const percentage = Math.max(milestone, Math.floor((view.percentage ?? 0) / MILESTONE) * MILESTONE)
  const data: JsonObject = {
    phase,
    ...(phase === 'progress' || phase === 'paused' ? { percentage } : {}),
    ...(isDone(operation.state) ? { done: view.done, failed: view.failed, total: view.total, unit: view.unit } : {}),
    ...(operation.state === 'failed' && operation.failure ? { code: operation.failure.code, retryable: operation.failure.retryable } : {}),
  }
  return { phase, ...LOOKS[phase], title: `${operation.title}: ${headline(operation, phase, percentage)}`, body: bodyOf(operation, view, phase), data }
}

function headline(operation: OperationRecord, phase: Phase, percentage: number): string {
  if (operation.state === 'retrying') return 'tries again'
  if (operation.state === 'canceling') return 'is being canceled'
  if (phase === 'waiting') return 'waits to run again'
  if (phase === 'partial') return 'completed, but not all of it'
  if (phase !== 'progress') return phase
  return percentage > 0 ? `${percentage} %` : 'started'
}

function bodyOf(operation: OperationRecord, view: ProgressView, phase: Phase): string | null {
  if (phase === 'failed') return operation.failure?.message ?? null
  if (operation.state === 'retrying') return retryBody(operation)
  if (phase === 'paused' || phase === 'canceled') return reasonOf(operation) ?? (view.done > 0 ? counts(view) : null)
  if (phase === 'completed' || phase === 'partial') return view.done > 0 ? counts(view) : null
  return null
}

function retryBody({ attempt, maxAttempts, failure, nextAttemptAt }: OperationRecord): string {
  const after = nextAttemptAt ? ` The next one starts at ${clockTime(nextAttemptAt)}.` : ''
  return `Attempt ${attempt} of ${maxAttempts} failed${failure ? `: ${failure.message}` : '.'}${after}`
}

/** Whom and why, where a person asked for it. */
function reasonOf({ stateReason }: OperationRecord): string | undefined {
  if (!stateReason) return undefined
  const { actor, message } = stateReason
  return actor?.name && actor.kind !== 'system' ? `By ${actor.name}: ${message}` : message
}

/** `17,988 rows, 12 failed`. */
function counts({ succeeded, failed, skipped, unit }: ProgressView): string {
  const parts = [`${number(succeeded)} ${unit}`]
  if (failed > 0) parts.push(`${number(failed)} failed`)
  if (skipped > 0) parts.push(`${number(skipped)} skipped`)
  return parts.join(', ')
}

const number = (value: number): string => value.toLocaleString('en-US')

/** `2026-03-01 14:30 UTC`: the server knows nobody's zone; clients that do have the instant in `data`. */
export const clockTime = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
