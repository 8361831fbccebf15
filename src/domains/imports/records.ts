import type { ImportRule } from './rules.ts'

/** open: rows are coming; complete; partial: the import ended early and was kept up to its last checkpoint. */
export type BatchState = 'open' | 'complete' | 'partial'

/** A statement batch ("lote"). Ids are UUIDs. */
export interface StatementBatchRecord {
  readonly id: string
  readonly ownerId: string
  /** The import that made it; it may be pruned by now. */
  readonly operationId: string | null
  readonly fileName: string
  readonly acceptedCount: number
  readonly rejectedCount: number
  readonly state: BatchState
  readonly createdAt: Date
  /** Set: nobody sees the batch any more. */
  readonly deletedAt: Date | null
}

export interface StatementRowRecord {
  readonly batchId: string
  /** Line of the file at which the row starts; the header is line 1. */
  readonly line: number
  readonly cardLast4: string
  readonly holder: string
  /** YYYY-MM-DD. */
  readonly date: string
  readonly description: string
  /** Decimal with two digits after the point, exact. */
  readonly amount: string
  /** ISO 4217. */
  readonly currency: string
  readonly installment: number | null
  readonly installments: number | null
  readonly reference: string
  readonly category: string | null
}

export interface RejectedRowRecord {
  readonly line: number
  readonly rule: ImportRule
  readonly message: string
  /** Original cells by column name, card numbers masked; cells beyond the header are named `column 9` and so on. */
  readonly values: Readonly<Record<string, string>>
}

export interface CurrencyTotal {
  readonly currency: string
  /** Sum of the accepted amounts, exact decimal. */
  readonly amount: string
  readonly count: number
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly hasNext: boolean
}

/** A page from a read of one row more than was asked for. */
export const toPage = <Item>(found: readonly Item[], limit: number): Page<Item> => ({ items: found.slice(0, limit), hasNext: found.length > limit })
