import type { ObjectRef } from '@pothos/core'
import { toTypeId } from '../../base/ids.ts'
import type { AnswerSource, ChatMessageRecord } from '../../domains/stores/chat/chat-records.ts'
import { MOST_CITED } from '../../domains/stores/chat/compose-answer.ts'
import { CHAT_MESSAGE_PREFIX, type OrderRecord, type ProductRecord, type StoreRecord } from '../../domains/stores/records.ts'
import { viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'

type Ref<Record> = ObjectRef<Builder['$inferSchemaTypes'], Record>

/** Types of this domain that a chat shows. */
export interface ChatRefs {
  readonly store: Ref<StoreRecord>
  readonly product: Ref<ProductRecord>
  readonly order: Ref<OrderRecord>
}

const isChatMessage = (value: unknown): value is ChatMessageRecord => typeof value === 'object' && value !== null && 'productIds' in value

export type ChatMessageRef = ReturnType<typeof addChatMessage>

/** What a user or an agent said. */
export function addChatMessage(builder: Builder, { product, order }: Omit<ChatRefs, 'store'>) {
  const role = builder.enumType('ChatRole', {
    description: 'Who said something in a chat.',
    values: {
      USER: { value: 'user' as const, description: 'The user.' },
      ASSISTANT: { value: 'assistant' as const, description: "The store's agent." },
    },
  })
  const source = builder.enumType('ChatAnswerSource', {
    description: 'What an answer was worded by.',
    values: {
      RETRIEVAL: { value: 'retrieval' as const, description: "The store's index alone." },
      COMPLETION: { value: 'completion' as const, description: 'A chat-completion provider, from what the index found.' },
    } satisfies Record<Uppercase<AnswerSource>, object>,
  })
  const most = MOST_CITED.formal
  return builder.objectRef<ChatMessageRecord>('ChatMessage').implement({
    description: "A message of a user's chat with a store's agent; only this user reads it.",
    interfaces: ['Node'],
    isTypeOf: isChatMessage,
    fields: (t) => ({
      id: t.id({ description: 'Id of the message, such as message_01jd3k….', resolve: ({ id }) => toTypeId(CHAT_MESSAGE_PREFIX, id) }),
      role: t.field({ type: role, description: 'Who said it.', resolve: (from) => from.role }),
      text: t.exposeString('text', { description: 'What was said: plain text with line breaks, never markup.' }),
      products: t.field({
        type: [product],
        description: `Products that a reply cites, best first, at most ${most}; those that are gone since are left out.`,
        resolve: (from, _args, context) => productsOf(context, from),
      }),
      orders: t.field({
        type: [order],
        description: `Orders that a reply cites, at most ${most}; for the store's owner only.`,
        resolve: (from, _args, context) => ordersOf(context, from),
      }),
      source: t.field({ type: source, nullable: true, description: 'What worded a reply; null for what the user said.', resolve: (from) => from.source }),
      stale: t.exposeBoolean('stale', { description: 'True for a reply that was given while its data was being refreshed, or was to be.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was said.' }),
    }),
  })
}

const found = <Row>(rows: readonly (Row | undefined | Error)[]): readonly Row[] =>
  rows.flatMap((row) => {
    if (row instanceof Error) throw row
    return row === undefined ? [] : [row]
  })

const productsOf = async ({ loaders }: Context, { productIds }: ChatMessageRecord): Promise<readonly ProductRecord[]> =>
  found(await loaders.product.loadMany([...productIds])).filter(({ removedAt }) => removedAt === null)

async function ordersOf(context: Context, { storeId, orderIds }: ChatMessageRecord): Promise<readonly OrderRecord[]> {
  if (orderIds.length === 0) return []
  const store = await context.loaders.store.load(storeId)
  if (store?.ownerId !== viewerOf(context).id) return []
  return found(await context.loaders.order.loadMany([...orderIds]))
}
