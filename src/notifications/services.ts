import type { JsonObject } from '../base/json.ts'
import type { Transaction } from '../database/database.ts'
import type { NotificationCategory, NotificationKind, Urgency } from './records.ts'

/** Something that a user is to be told. */
export interface Notice {
  readonly userId: string
  readonly tenantId: string | null
  /** What is edited rather than repeated, such as `connection:shop:42`: told again with the same words it stays as it is, with others it is edited and comes back. */
  readonly key: string
  readonly category: NotificationCategory
  readonly kind: NotificationKind
  readonly urgency: Urgency
  /** At most 200 characters; longer ones are cut. */
  readonly title: string
  /** At most 1,000 characters; longer ones are cut. */
  readonly body?: string | null
  /** UUID of the operation whose actions it offers. */
  readonly operationId?: string
  readonly data?: JsonObject
}

/** What a user was told is over. */
export interface Resolution {
  readonly userId: string
  readonly key: string
  readonly title: string
  readonly body?: string | null
}

/** How other parts tell users something, in the transaction of the change that it is about. Everybody who follows the inbox learns of it after the commit. */
export interface NotificationTeller {
  tell(transaction: Transaction, ...notices: readonly Notice[]): Promise<void>
  /** Turns notifications whose condition has cleared into a success. One that is not there, or is resolved already, stays as it is. */
  resolve(transaction: Transaction, ...resolutions: readonly Resolution[]): Promise<void>
}

declare module '../engine/run.ts' {
  interface OperationServices {
    readonly notifications: NotificationTeller
  }
}
