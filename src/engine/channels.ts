import type { Json } from '../base/json.ts'
import type { ProgressFigures } from './records.ts'

/**
 * Channels of the bus and what travels on them. One channel per audience: the owner's, everybody's (administrators), one per
 * instance for orders to its runs, and one that says that there is work. All messages are hints.
 */
export const ownerChannel = (ownerId: string): string => `operations:owner:${ownerId}`
export const ALL_OPERATIONS_CHANNEL = 'operations:all'
/** Changes of operations that may affect what people can do, of all owners: few. */
export const IMPACTS_CHANNEL = 'operations:impacts'
export const instanceChannel = (instanceId: string): string => `instance:${instanceId}`
export const WORK_CHANNEL = 'work'
/** Says that a restart of workers was asked for, or that an instance has made its own; carries nothing. */
export const RESTART_CHANNEL = 'restart'

/** Sent on the owner's channel and on `operations:all`, one message per flush and audience. */
export interface OperationsMessage {
  /** Operations that changed: id, version (also the head of its stream), owner. */
  readonly changed?: readonly (readonly [id: string, version: number, ownerId: string])[]
  readonly progress?: readonly ProgressFrame[]
}

/** Sent on `operations:impacts`, one message per flush. */
export type ImpactsMessage = readonly (readonly [id: string, version: number, ownerId: string, type: string])[]

/** Progress of one run as shown before it is stored. The lease token lets receivers drop what a zombie sends. */
export interface ProgressFrame extends ProgressFigures {
  readonly id: string
  readonly ownerId: string
  readonly lease: number
  readonly movedAtMs: number
  readonly updatedAtMs: number
}

/** Orders for the runs of one instance. */
export interface InstanceMessage {
  readonly pause?: readonly string[]
  readonly cancel?: readonly string[]
}

/** Something may be claimed: of this priority (0 to 3), from this instant on (microseconds since the epoch, database clock). */
export interface Claimable {
  readonly priority: number
  readonly claimAtUs: number
}

/** Sent to all instances; the sender needs no hint of its own. */
export interface WorkMessage extends Claimable {
  readonly from: string
}

export const asJson = (message: OperationsMessage | ImpactsMessage | InstanceMessage | WorkMessage): Json => message as unknown as Json
