import { type ErrorCode, type InputIssue, InvalidInputError } from '../base/errors.ts'
import type { Feature } from '../engine/definition.ts'
import type { Action } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'
import type { SaleRefusal } from './sales/refusals.ts'
import type { WindowRefusal } from './status/refusals.ts'

/** Expected refusals are data: members of a mutation's result union. `__typename` is the member that shows it. */
interface RefusalShape<Name extends string> {
  readonly __typename: Name
  readonly code: ErrorCode
  readonly message: string
}

export interface InvalidInputRefusal extends RefusalShape<'InvalidInputError'> {
  readonly issues: readonly InputIssue[]
}
export type NotFoundRefusal = RefusalShape<'NotFoundError'>
export type ForbiddenRefusal = RefusalShape<'ForbiddenError'>
export interface InvalidStateRefusal extends RefusalShape<'InvalidStateError'> {
  readonly operation: OperationRecord
  readonly allowed: readonly Action[]
}
export interface VersionConflictRefusal extends RefusalShape<'VersionConflictError'> {
  readonly operation: OperationRecord
}
export interface IdempotencyConflictRefusal extends RefusalShape<'IdempotencyConflictError'> {
  readonly operation: OperationRecord | null
}
export interface EventIdempotencyConflictRefusal extends RefusalShape<'EventIdempotencyConflictError'> {
  /** Cursor of the event that used the key. */
  readonly cursor: string
}
export interface AlreadyRunningRefusal extends RefusalShape<'AlreadyRunningError'> {
  readonly operation: OperationRecord | null
}
export interface FeatureBlockedRefusal extends RefusalShape<'FeatureBlockedError'> {
  readonly feature: Feature
  readonly until: Date | null
  readonly retryAfterSeconds: number | null
}
export interface QuotaExceededRefusal extends RefusalShape<'QuotaExceededError'> {
  readonly retryAfterSeconds: number | null
}

export type Refusal =
  | InvalidInputRefusal
  | NotFoundRefusal
  | ForbiddenRefusal
  | InvalidStateRefusal
  | VersionConflictRefusal
  | IdempotencyConflictRefusal
  | EventIdempotencyConflictRefusal
  | SaleRefusal
  | WindowRefusal
  | AlreadyRunningRefusal
  | FeatureBlockedRefusal
  | QuotaExceededRefusal

export const invalidInput = (error: InvalidInputError): InvalidInputRefusal => ({
  __typename: 'InvalidInputError',
  code: 'INVALID_INPUT',
  message: error.message,
  issues: error.issues,
})

/** The same words for what does not exist and for what this viewer may not see. */
export const notFound = (what: string): NotFoundRefusal => ({
  __typename: 'NotFoundError',
  code: 'NOT_FOUND',
  message: `There is no such ${what}, or you may not see it.`,
})

export const forbidden = (reason: string): ForbiddenRefusal => ({ __typename: 'ForbiddenError', code: 'FORBIDDEN', message: reason })

/** Thrown inside a mutation to end it with a refusal; `answer` turns it into data. */
export class Refused extends Error {
  readonly refusal: NotFoundRefusal | ForbiddenRefusal
  constructor(refusal: NotFoundRefusal | ForbiddenRefusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** Runs a mutation; what is wrong with the input, and what is refused, becomes its result. */
export async function answer<Result>(work: () => Promise<Result>): Promise<Result | InvalidInputRefusal | NotFoundRefusal | ForbiddenRefusal> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof InvalidInputError) return invalidInput(error)
    if (error instanceof Refused) return error.refusal
    throw error
  }
}
