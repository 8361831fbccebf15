import type { Json, JsonObject } from '../../base/json.ts'
import type { OperationsMessage, ProgressFrame } from '../channels.ts'
import type { ProgressRecord } from '../records.ts'

type Change = NonNullable<OperationsMessage['changed']>[number]

/** Reads what came over the bus; parts that are not as expected (an instance of another release, a stranger) are left out. */
export function readOperationsMessage(message: Json): Required<OperationsMessage> {
  if (!isObject(message)) return { changed: [], progress: [] }
  const { changed, progress } = message
  return {
    changed: Array.isArray(changed) ? (changed as readonly Json[]).filter(isChange) : [],
    progress: Array.isArray(progress) ? (progress as readonly Json[]).filter(isProgressFrame) : [],
  }
}

export const toProgressRecord = (frame: ProgressFrame): ProgressRecord => ({
  revision: frame.revision,
  total: frame.total,
  succeeded: frame.succeeded,
  failed: frame.failed,
  skipped: frame.skipped,
  unit: frame.unit,
  message: frame.message,
  ratePerSecond: frame.ratePerSecond,
  movedAt: new Date(frame.movedAtMs),
  updatedAt: new Date(frame.updatedAtMs),
})

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => Number.isFinite(value)

const isChange = (value: Json): value is Json & Change =>
  Array.isArray(value) && typeof value[0] === 'string' && isNumber(value[1]) && typeof value[2] === 'string'

const NUMBERS = ['lease', 'revision', 'succeeded', 'failed', 'skipped', 'movedAtMs', 'updatedAtMs'] as const

const isProgressFrame = (value: Json): value is Json & ProgressFrame =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  typeof value['ownerId'] === 'string' &&
  typeof value['unit'] === 'string' &&
  NUMBERS.every((name) => isNumber(value[name])) &&
  (value['total'] === null || isNumber(value['total'])) &&
  (value['ratePerSecond'] === null || isNumber(value['ratePerSecond'])) &&
  (value['message'] === null || typeof value['message'] === 'string')
