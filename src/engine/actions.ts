import type { OperationDefinition } from './definition.ts'
import type { Action, AvailableAction } from './engine.ts'
import { isDone, lifecycle, type OperationState, type Variant } from './lifecycle.ts'
import type { OperationRecord } from './records.ts'

/** Which of the lifecycle's variants an operation type follows. */
export function variantOf(definition: OperationDefinition | undefined): Variant {
  if (!definition) return 'plain'
  if (!definition.run) return 'elsewhere'
  return definition.cleanup ? 'cleanup' : 'plain'
}

const WORDS: Readonly<Record<OperationState, string>> = {
  queued: 'is waiting',
  running: 'is running',
  pausing: 'is pausing',
  paused: 'is paused',
  retrying: 'waits for its next attempt',
  canceling: 'is being canceled',
  completed: 'has completed',
  failed: 'has failed',
  canceled: 'was canceled',
}

const available = (action: Action, disabledReason: string | null): AvailableAction => ({ action, enabled: disabledReason === null, disabledReason })

function reasonAgainst(action: 'pause' | 'resume' | 'cancel', record: OperationRecord, definition: OperationDefinition | undefined): string | null {
  if (action === 'pause' && definition?.notPausableReason !== undefined && !isDone(record.state)) return definition.notPausableReason
  const outcome = lifecycle(variantOf(definition))[record.state][action]
  return typeof outcome === 'object' ? null : `The operation ${WORDS[record.state]}.`
}

function reasonAgainstRetry(record: OperationRecord, definition: OperationDefinition | undefined): string | null {
  if (variantOf(definition) === 'elsewhere') return 'It runs in another service: start it there again.'
  if (record.state === 'failed' || record.state === 'canceled' || record.state === 'retrying') return null
  return `The operation ${WORDS[record.state]}.`
}

function reasonAgainstRetryingItems(record: OperationRecord, definition: OperationDefinition | undefined): string | null {
  if (variantOf(definition) === 'elsewhere') return 'It runs in another service: start it there again.'
  if (!record.itemized) return 'It has no items that can be retried alone.'
  if (!isDone(record.state)) return `The operation ${WORDS[record.state]}.`
  return record.progress.failed > 0 ? null : 'None of its items failed.'
}

/** What may be done with an operation in its state, by somebody who may control it; a refusal carries its reason. */
export function actionsOf(record: OperationRecord, definition: OperationDefinition | undefined): readonly AvailableAction[] {
  return [
    available('pause', reasonAgainst('pause', record, definition)),
    available('resume', reasonAgainst('resume', record, definition)),
    available('cancel', reasonAgainst('cancel', record, definition)),
    available('retry', reasonAgainstRetry(record, definition)),
    available('retry_failed_items', reasonAgainstRetryingItems(record, definition)),
  ]
}

/** The sentence of a refusal. */
export function refusal(record: OperationRecord, verb: string, actions: readonly AvailableAction[]): string {
  const enabled = actions.filter((one) => one.enabled).map((one) => one.action.replaceAll('_', ' '))
  const hint = enabled.length > 0 ? `possible now: ${enabled.join(', ')}` : 'nothing can be done with it now'
  return `can't ${verb}: the operation ${WORDS[record.state]}; ${hint}`
}
