import { type Expression, type SqlBool, sql } from 'kysely'
import type { Database, Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { ChatMessageRecord } from '../chat-records.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'

const FIND_MESSAGES = statement('stores_chat_find_messages', `select ${MESSAGE_COLUMNS} from chat_message where id = any($1::uuid[]) and user_id = $2`)

export interface ListMessagesParams {
  readonly storeId: string
  /** Whose chat. */
  readonly userId: string
  readonly limit: number
  /** The last ones of the range rather than the first. */
  readonly fromEnd: boolean
  /** UUIDs of messages between which the page lies. */
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export interface MessagePage {
  readonly items: readonly ChatMessageRecord[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** A page of one chat, oldest first, by keyset. Plan: a range of chat_message_chat_idx, in order. */
function messagesQuery({ storeId, userId, limit, fromEnd, after, before }: ListMessagesParams) {
  const all: Expression<SqlBool>[] = [sql`store_id = ${storeId}::uuid`, sql`user_id = ${userId}`]
  if (after !== undefined) all.push(sql`id > ${after}::uuid`)
  if (before !== undefined) all.push(sql`id < ${before}::uuid`)
  const direction = fromEnd ? sql`desc` : sql`asc`
  return sql<ChatMessageRecord>`select ${sql.raw(MESSAGE_COLUMNS)} from chat_message where ${sql.join(all, sql` and `)}
    order by store_id ${direction}, user_id ${direction}, id ${direction} limit ${limit + 1}`
}

export async function listMessages(database: Database, params: ListMessagesParams): Promise<MessagePage> {
  const { rows } = await messagesQuery(params).execute(database.kysely)
  const more = rows.length > params.limit
  const items = rows.slice(0, params.limit)
  if (params.fromEnd) items.reverse()
  return params.fromEnd ? { items, hasNext: params.before !== undefined, hasPrevious: more } : { items, hasNext: more, hasPrevious: params.after !== undefined }
}

/** Messages of one user by id, in the order asked. */
export async function findMessages(executor: Executor, userId: string, ids: readonly string[]): Promise<readonly (ChatMessageRecord | undefined)[]> {
  const found = new Map((await executor.run<ChatMessageRecord>(FIND_MESSAGES, [ids, userId])).map((message) => [message.id, message]))
  return ids.map((id) => found.get(id))
}
