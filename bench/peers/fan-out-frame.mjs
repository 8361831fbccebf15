import { markOf } from '../product/fan-out-messages.ts'

/** An event as Batuta shows it to the same document. */
export const frameOf = (topic, number) => ({
  __typename: 'OperationEvent',
  cursor: `AQGs${String(number).padStart(24, '0')}`,
  seq: number,
  type: 'MILESTONE',
  occurredAt: new Date().toISOString(),
  data: { percentage: 25, done: 1, total: 4, note: markOf(number) },
  operation: { id: topic, state: 'RUNNING', version: number, progress: { revision: 0, percentage: null, done: 0, total: null } },
})

export const topicsOf = (count) => Array.from({ length: count }, (_, number) => `operation_${String(number).padStart(26, '0')}`)
