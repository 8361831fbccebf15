import type { OperationRecord, StateReason } from '../engine/records.ts'

/** Why an operation is in its state; the record goes along, for the position among what waits. */
export interface StateReasonView {
  readonly reason: StateReason
  readonly record: OperationRecord
}

/** What was stored with the last change of state, or what follows from the record itself while it waits. */
export function stateReasonOf(record: OperationRecord, nowMs: number): StateReasonView | null {
  const reason = record.stateReason ?? waitingReason(record, nowMs)
  return reason ? { reason, record } : null
}

function waitingReason(record: OperationRecord, nowMs: number): StateReason | undefined {
  if (record.state !== 'queued') return undefined
  const since = record.updatedAt.toISOString()
  if (record.runAt.getTime() <= nowMs) return { code: 'WAITING', message: 'It waits for a free worker.', since }
  return { code: 'SCHEDULED', message: 'Its start lies in the future.', since, until: record.runAt.toISOString() }
}
