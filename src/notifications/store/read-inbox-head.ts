import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import { MOST_UNSEEN } from './count-unseen.ts'

const READ = statement(
  'notifications.read_head',
  `select coalesce((select head from stream_head where stream = $1), 0) as head,
     (select count(*)::int from (select 1 from notification where user_id = $2 and seen_at is null and dismissed_at is null limit ${MOST_UNSEEN}) x) as unseen`,
)

export interface InboxHead {
  /** Number of the last event of the inbox. */
  readonly head: number
  /** Counted up to `MOST_UNSEEN`. */
  readonly unseenCount: number
}

export async function readInboxHead(executor: Executor, userId: string, stream: string): Promise<InboxHead> {
  const [row] = await executor.run<{ head: number; unseen: number }>(READ, [stream, userId])
  return { head: row?.head ?? 0, unseenCount: row?.unseen ?? 0 }
}
