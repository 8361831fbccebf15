import type { Json } from '../../base/json.ts'
import type { ImpactsMessage } from '../../engine/channels.ts'

type Tuple = ImpactsMessage[number]

/** Reads what came over the bus; what is not as expected (an instance of another release) is left out. */
export const readImpactsMessage = (message: Json): ImpactsMessage => (Array.isArray(message) ? (message as readonly Json[]).filter(isTuple) : [])

const isTuple = (value: Json): value is Json & Tuple =>
  Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number' && typeof value[2] === 'string' && typeof value[3] === 'string'
