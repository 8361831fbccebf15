import type { WindowView } from '../../status/window.ts'

/** Refusals that concern gates and maintenances. */
export interface WindowStateRefusal {
  readonly __typename: 'StatusWindowStateError'
  readonly code: 'INVALID_STATE'
  readonly message: string
  readonly window: WindowView
}

export interface WindowVersionConflictRefusal {
  readonly __typename: 'StatusWindowVersionConflictError'
  readonly code: 'VERSION_CONFLICT'
  readonly message: string
  readonly window: WindowView
}

export interface WindowIdempotencyConflictRefusal {
  readonly __typename: 'StatusWindowIdempotencyConflictError'
  readonly code: 'IDEMPOTENCY_CONFLICT'
  readonly message: string
  readonly window: WindowView
}

export type WindowRefusal = WindowStateRefusal | WindowVersionConflictRefusal | WindowIdempotencyConflictRefusal
