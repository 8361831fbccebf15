import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

/** Where the stream of sales stands: number of its last event, and how many events lit the badge up to it. */
export interface SalesHead {
  readonly seq: number
  readonly lit: number
}

/** What an administrator has seen: so many of the events that lit the badge. */
export interface SeenMark {
  readonly seen: number
  /** null: never. */
  readonly seenAt: Date | null
}

// Both of one snapshot, as they are changed in one transaction.
const READ_HEAD = statement('sales_read_head', 'select coalesce((select head from stream_head where stream = $1), 0) as seq, c.lit from sales_count c')

const READ_MARKS = statement('sales_read_marks', 'select user_id as "userId", seen, seen_at as "seenAt" from sales_inbox where user_id = any ($1::text[])')

const NEVER: SeenMark = { seen: 0, seenAt: null }

export async function readHead(executor: Executor, stream: string): Promise<SalesHead> {
  const [head] = await executor.run<SalesHead>(READ_HEAD, [stream])
  return head ?? { seq: 0, lit: 0 }
}

/** Marks of many administrators in one statement, in the order asked. */
export async function readMarks(executor: Executor, userIds: readonly string[]): Promise<readonly SeenMark[]> {
  const found = await executor.run<SeenMark & { userId: string }>(READ_MARKS, [userIds])
  const byUser = new Map(found.map(({ userId, ...mark }) => [userId, mark]))
  return userIds.map((userId) => byUser.get(userId) ?? NEVER)
}
