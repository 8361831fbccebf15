import { firstUuidAt } from '../../../../base/ids.ts'
import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

// Ids are in the order of time: the old end of the primary key.
const PRUNE_MESSAGES = statement(
  'stores_chat_prune_messages',
  `delete from chat_message where id in (select id from chat_message where id < $1::uuid order by id limit $2 for update skip locked) returning id`,
)

/** Removes the oldest messages before an instant, at most so many. Answers how many. */
export async function pruneMessages(executor: Executor, beforeMs: number, most: number): Promise<number> {
  return (await executor.run(PRUNE_MESSAGES, [firstUuidAt(beforeMs), most])).length
}
