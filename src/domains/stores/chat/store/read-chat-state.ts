import { firstUuidAt } from '../../../../base/ids.ts'
import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

/**
 * What a question is answered in the light of. An operation that changes the store holds the key `store:<id>` while it is active, whoever owns it, and
 * queued ones are the store owner's. Plan: primary keys of store and exclusive_key, operation_active_idx, ranges of chat_message_chat_idx
 * (tests/domains/stores/chat/chat-plans.test.ts).
 */
export const READ_CHAT_STATE = statement(
  'stores_chat_read_state',
  `select s.indexed_revision is not null as "hasIndex",
     s.indexed_revision is distinct from s.catalogue_revision
       or exists (select 1 from exclusive_key k join operation o on o.id = k.operation_id where k.key = 'store:' || s.id and o.finished_at is null)
       or exists (select 1 from operation o where o.owner_id = s.owner_id and o.type = any($3::text[]) and o.finished_at is null
         and o.exclusive_key = 'store:' || s.id and (o.state <> 'queued' or o.run_at <= now())) as "isStale",
     (select count(*) from chat_message m where m.store_id = s.id and m.user_id = $2 and m.id >= $4 and m.role = 'user') as "asked",
     coalesce((select json_agg(json_build_object('role', m.role, 'text', m.text) order by m.id desc) from (
       select id, role, text from chat_message where store_id = s.id and user_id = $2 and id >= $5 order by store_id desc, user_id desc, id desc limit $6) m), '[]')
       as "recent"
   from store s where s.id = $1`,
)

/** Operations that change what the chat answers from. */
const REFRESHING = ['STORE_CONNECTION', 'DATA_UPDATE', 'RAG_SYNC', 'STORE_RECONNECTION']

export interface Said {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

export interface ChatState {
  /** False: the store's search was never built. */
  readonly hasIndex: boolean
  /** The store's data is being refreshed, or its index is older than its catalogue. */
  readonly isStale: boolean
  /** Questions of this chat since `askedSinceMs`. */
  readonly asked: number
  /** What was said since `recentSinceMs`, newest first. */
  readonly recent: readonly Said[]
}

export interface ReadChatStateParams {
  readonly storeId: string
  readonly userId: string
  /** Milliseconds since the epoch. */
  readonly askedSinceMs: number
  readonly recentSinceMs: number
  readonly mostRecent: number
}

/** `undefined`: there is no such store. */
export async function readChatState(executor: Executor, params: ReadChatStateParams): Promise<ChatState | undefined> {
  const { storeId, userId, askedSinceMs, recentSinceMs, mostRecent } = params
  const values = [storeId, userId, REFRESHING, firstUuidAt(askedSinceMs), firstUuidAt(recentSinceMs), mostRecent]
  const [state] = await executor.run<ChatState>(READ_CHAT_STATE, values)
  return state
}
