import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { ChatExchange, ChatMessageRecord } from '../chat-records.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'

// One that is being stored with the same key is waited for; then nothing is inserted. Nor is it when the store is gone.
const INSERT_EXCHANGE = statement(
  'stores_chat_insert_exchange',
  `insert into chat_message (id, store_id, user_id, role, text, product_ids, order_ids, source, stale, idempotency_key, created_at)
   select m.id, s.id, m."userId", m.role, m.text, m."productIds", m."orderIds", m.source, m.stale, $3, m."createdAt"
     from store s cross join jsonb_to_recordset($2::jsonb) as m (id uuid, "userId" text, role text, text text, "productIds" uuid[], "orderIds" uuid[],
       source text, stale boolean, "createdAt" timestamptz)
    where s.id = $1
    order by m.id
   on conflict do nothing
   returning id`,
)

const FIND_EXCHANGE = statement(
  'stores_chat_find_exchange',
  `select ${MESSAGE_COLUMNS} from chat_message where store_id = $1 and user_id = $2 and idempotency_key = $3 order by id`,
)

/** Stores a question and its reply. False: its key has an exchange already, or the store is gone. */
export async function insertExchange(executor: Executor, { message, reply }: ChatExchange, idempotencyKey: string | undefined): Promise<boolean> {
  const values = [message.storeId, JSON.stringify([message, reply]), idempotencyKey ?? null]
  return (await executor.run(INSERT_EXCHANGE, values)).length > 0
}

export interface FindExchangeParams {
  readonly storeId: string
  readonly userId: string
  readonly idempotencyKey: string
}

/** The exchange that a key stands for. */
export async function findExchange(executor: Executor, { storeId, userId, idempotencyKey }: FindExchangeParams): Promise<ChatExchange | undefined> {
  const [message, reply] = await executor.run<ChatMessageRecord>(FIND_EXCHANGE, [storeId, userId, idempotencyKey])
  return message && reply && { message, reply }
}
