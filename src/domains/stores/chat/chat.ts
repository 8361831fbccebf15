import type { Clock } from '../../../base/clock.ts'
import { BatutaError, InvalidInputError } from '../../../base/errors.ts'
import { newUuid } from '../../../base/ids.ts'
import type { PrunedBatch } from '../../../base/pruned-batch.ts'
import type { Database } from '../../../database/database.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import type { StoreRecord } from '../records.ts'
import type { SearchIndex } from '../search/search-index.ts'
import { type Answer, Answerer } from './answerer.ts'
import type { ChatExchange, ChatMessageRecord } from './chat-records.ts'
import type { ChatCompletion } from './completion.ts'
import { findExchange, insertExchange } from './store/insert-exchange.ts'
import { findMessages, type ListMessagesParams, listMessages, type MessagePage } from './store/list-messages.ts'
import { pruneMessages } from './store/prune-messages.ts'
import { type ChatState, readChatState } from './store/read-chat-state.ts'

export const CHAT_LIMITS = { text: 2_000, perMinute: 30, retentionDays: 90 } as const

export interface ChatParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly search: Pick<SearchIndex, 'find' | 'findOrders'>
  /** Absent: answers are worded from what search finds alone. */
  readonly completion?: ChatCompletion | undefined
}

export interface SendParams {
  readonly store: StoreRecord
  /** Who asks; that they may see the store was decided before. */
  readonly viewerId: string
  readonly text: string
  /** The same key again answers the first exchange. */
  readonly idempotencyKey?: string | undefined
}

export interface Chat {
  /** Stores a question with its reply. Throws `InvalidInputError`, `StoreGoneError`, `ChatRateError`. */
  send(params: SendParams): Promise<ChatExchange>
  /** One user's chat with a store's agent, oldest first. */
  messages(list: ListMessagesParams): Promise<MessagePage>
  /** Messages of one user, in the order asked. */
  byIds(userId: string, ids: readonly string[]): Promise<readonly (ChatMessageRecord | undefined)[]>
  /** Removes what is older than the retention. */
  prune(): Promise<PrunedBatch>
}

/** The store was deleted meanwhile. */
export class StoreGoneError extends BatutaError {
  constructor() {
    super('NOT_FOUND', 'The store was deleted.')
  }
}

/** Too many questions of one user to one store. */
export class ChatRateError extends BatutaError {
  constructor() {
    super('RATE_LIMITED', `expected at most ${CHAT_LIMITS.perMinute} messages a minute; wait a moment`)
  }
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Earlier talk is no context of a question. */
const CONTEXT_MS = 3_600_000
const MOST_RECENT = 12
const PRUNE_BATCH = 1_000

/** The chats of users with the agents of stores. */
export function createChat(params: ChatParams): Chat {
  const { database, clock } = params
  const answerer = new Answerer(params)
  return {
    send: async (sent) => {
      checkMessage(sent.text)
      const known = await repetition(database, sent)
      if (known) return known
      const state = await stateOf(params, sent)
      const asked = { id: newUuid(), createdAt: new Date(clock.now()) }
      const answer = await answerer.answer(sent, state)
      const replied = { id: newUuid(), createdAt: new Date(clock.now()) }
      const exchange = toExchange(sent, { asked, replied, answer, stale: state.isStale })
      const stored = await database.transaction((transaction) => insertExchange(transaction, exchange, sent.idempotencyKey))
      if (stored) return exchange
      const first = await repetition(database, sent)
      if (!first) throw new StoreGoneError()
      return first
    },
    messages: (list) => listMessages(database, list),
    byIds: (userId, ids) => findMessages(database, userId, ids),
    prune: async () => {
      const removed = await pruneMessages(database, clock.now() - CHAT_LIMITS.retentionDays * DAY_MS, PRUNE_BATCH)
      return { removed, more: removed === PRUNE_BATCH }
    },
  }
}

function checkMessage(text: string): void {
  const refuse = (message: string): never => {
    throw new InvalidInputError([{ path: 'input.text', message }])
  }
  if (text.length > CHAT_LIMITS.text || text.trim() === '') refuse(`expected a text of 1 to ${CHAT_LIMITS.text} characters, got one of ${text.length}`)
  if (text.includes('\u0000') || !text.isWellFormed()) refuse('expected plain text, got a NUL character or half of a surrogate pair')
}

async function stateOf({ database, clock }: ChatParams, { store, viewerId }: SendParams): Promise<ChatState> {
  const now = clock.now()
  const ages = { askedSinceMs: now - MINUTE_MS, recentSinceMs: now - CONTEXT_MS, mostRecent: MOST_RECENT }
  const state = await readChatState(database, { storeId: store.id, userId: viewerId, ...ages })
  if (!state) throw new StoreGoneError()
  if (state.asked >= CHAT_LIMITS.perMinute) throw new ChatRateError()
  return state
}

/** What the key of a request stands for already. */
async function repetition(database: Database, { store, viewerId, text, idempotencyKey }: SendParams): Promise<ChatExchange | undefined> {
  if (idempotencyKey === undefined) return undefined
  const known = await findExchange(database, { storeId: store.id, userId: viewerId, idempotencyKey })
  if (known && known.message.text !== text)
    throw new InvalidInputError([{ path: 'input.idempotencyKey', message: 'expected a key of its own, got that of another message' }])
  return known
}

interface Moment {
  readonly id: string
  readonly createdAt: Date
}

interface ExchangeParts {
  readonly asked: Moment
  readonly replied: Moment
  readonly answer: Answer
  readonly stale: boolean
}

function toExchange({ store, viewerId, text }: SendParams, { asked, replied, answer, stale }: ExchangeParts): ChatExchange {
  const chat = { storeId: store.id, userId: viewerId }
  return {
    message: { ...chat, ...asked, role: 'user', text, productIds: [], orderIds: [], source: null, stale: false },
    reply: { ...chat, ...replied, role: 'assistant', ...answer, stale },
  }
}
