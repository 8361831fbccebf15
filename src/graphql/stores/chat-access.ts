import { mayChat } from '../../auth/access.ts'
import { uuidOf } from '../../base/ids.ts'
import type { ChatMessageRecord } from '../../domains/stores/chat/chat-records.ts'
import { CHAT_MESSAGE_PREFIX, type StoreRecord } from '../../domains/stores/records.ts'
import { viewerOf } from '../authorize.ts'
import type { Context } from '../context.ts'
import { findStore } from './store-access.ts'

/** The store with this id of the API, if this viewer may chat with its agent. */
export async function findStoreToChat(context: Context, id: string): Promise<StoreRecord | null> {
  const store = await findStore(context, id)
  return store && mayChat(viewerOf(context), store).allowed ? store : null
}

/** A message of the viewer's own chats: nobody reads those of another. */
export async function findChatMessage(context: Context, id: string): Promise<ChatMessageRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(CHAT_MESSAGE_PREFIX, id)
  return uuid === undefined ? null : ((await context.loaders.chatMessage.load(uuid)) ?? null)
}
