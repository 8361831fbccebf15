import type { Transaction } from '../database/database.ts'
import type { NotificationRecord } from './records.ts'

/** Plans what is to be sent outside because of notifications that were added or edited. */
export interface DeliveryPlanner {
  /** Inside the transaction of the change, so that nothing is announced that was not committed, and nothing that was is forgotten. Set-based. */
  plan(transaction: Transaction, changed: readonly NotificationRecord[]): Promise<void>
  /** After the commit: there may be something to send. A hint. */
  wake(): void
}
