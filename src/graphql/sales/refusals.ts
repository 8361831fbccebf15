import type { SaleRecord } from '../../domains/sales/records.ts'

/** Refusals that concern sales; `sale` is null where the viewer may not see it. */
export interface SaleReferenceConflictRefusal {
  readonly __typename: 'SaleReferenceConflictError'
  readonly code: 'IDEMPOTENCY_CONFLICT'
  readonly message: string
  readonly fields: readonly string[]
  readonly sale: SaleRecord | null
}

export interface InvalidSaleStateRefusal {
  readonly __typename: 'InvalidSaleStateError'
  readonly code: 'INVALID_STATE'
  readonly message: string
  readonly sale: SaleRecord
}

export interface SaleVersionConflictRefusal {
  readonly __typename: 'SaleVersionConflictError'
  readonly code: 'VERSION_CONFLICT'
  readonly message: string
  readonly sale: SaleRecord
}

export type SaleRefusal = SaleReferenceConflictRefusal | InvalidSaleStateRefusal | SaleVersionConflictRefusal
