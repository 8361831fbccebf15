import { CHAT_LIMITS, StoreGoneError } from '../../domains/stores/chat/chat.ts'
import type { ChatExchange } from '../../domains/stores/chat/chat-records.ts'
import { CHAT_MESSAGE_PREFIX } from '../../domains/stores/records.ts'
import { viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { addConnection, type PageArgs } from '../pages.ts'
import { answer, type FeatureBlockedRefusal, type InvalidInputRefusal, type NotFoundRefusal, notFound, Refused } from '../refusals.ts'
import { requestError } from '../request-errors.ts'
import { findStoreToChat } from './chat-access.ts'
import { addChatMessage, type ChatMessageRef, type ChatRefs } from './chat-message.ts'
import { idPage, pageArgs } from './store-pages.ts'

interface ChatMessagePayload extends ChatExchange {
  readonly __typename: 'ChatMessagePayload'
}

/** Chats of users with the agents of stores: each reads and writes their own. */
export function addChat(builder: Builder, types: ChatRefs): void {
  const message = addChatMessage(builder, types)
  addMessages(builder, message)
  addSend(builder, message)
}

function addMessages(builder: Builder, message: ChatMessageRef): void {
  const connection = addConnection(builder, { name: 'ChatMessage', plural: 'chat messages', node: message, cursorType: 'String' })
  builder.queryField('chatMessages', (t) =>
    t.field({
      type: connection,
      description: `The viewer's own chat with a store's agent, oldest first (\`last\` gives the newest), kept for ${CHAT_LIMITS.retentionDays} days. For the store's owner and administrators, each of whom has a chat of their own.`,
      args: {
        storeId: t.arg.id({ required: true, description: 'Id of the store.' }),
        ...pageArgs(t),
      },
      resolve: (_root, { storeId, ...page }, context) => listMessages(context, storeId, page),
    }),
  )
}

async function listMessages(context: Context, id: string, args: PageArgs) {
  const store = await findStoreToChat(context, id)
  if (!store) throw requestError('NOT_FOUND', notFound('store').message)
  const chat = { storeId: store.id, userId: viewerOf(context).id }
  return idPage(CHAT_MESSAGE_PREFIX, args, (page) => context.services.stores.chat.messages({ ...chat, ...page }))
}

function addSend(builder: Builder, message: ChatMessageRef): void {
  const input = builder.inputType('SendChatMessageInput', {
    description: 'A question to the agent of a store.',
    fields: (t) => ({
      storeId: t.id({ required: true, description: 'Id of the store.' }),
      text: t.string({ required: true, description: `The question, 1 to ${CHAT_LIMITS.text} characters.` }),
      idempotencyKey: t.string({
        description: `The same key with the same text again answers the first exchange; at most ${LIMITS.idempotencyKey} characters.`,
      }),
    }),
  })
  const payload = builder.objectRef<ChatMessagePayload>('ChatMessagePayload').implement({
    description: 'A question and its reply, as they were stored.',
    fields: (t) => ({
      message: t.field({
        type: message,
        description: 'What the user said. Errors have a text of this name: ask for one of the two by an alias.',
        resolve: (from) => from.message,
      }),
      reply: t.field({ type: message, description: 'What the agent said.', resolve: (from) => from.reply }),
      staleData: t.boolean({
        description: "True while the store's data is being refreshed, or its search is older than its catalogue: the reply may be out of date.",
        resolve: (from) => from.reply.stale,
      }),
    }),
  })
  const result = builder.unionType('SendChatMessageResult', {
    description: 'What sendChatMessage answers with.',
    types: [payload, 'FeatureBlockedError', 'InvalidInputError', 'NotFoundError'],
    resolveType: (outcome: ChatMessagePayload | FeatureBlockedRefusal | InvalidInputRefusal | NotFoundRefusal) => outcome.__typename,
  })
  builder.mutationField('sendChatMessage', (t) =>
    t.field({
      type: result,
      gate: 'chat',
      description: `Asks the agent of a store, which answers from the store's own data. For the store's owner and administrators; at most ${CHAT_LIMITS.perMinute} messages a minute (RATE_LIMITED). Orders are told to the owner only.`,
      args: { input: t.arg({ type: input, required: true, description: 'The question.' }) },
      resolve: (_root, args, context) => send(context, args.input),
    }),
  )
}

interface SendInput {
  readonly storeId: string
  readonly text: string
  readonly idempotencyKey?: string | null | undefined
}

async function send(context: Context, { storeId, text, idempotencyKey }: SendInput) {
  const outcome = await answer(async (): Promise<ChatMessagePayload> => {
    checkInput((check) => check.text('input.idempotencyKey', idempotencyKey, { from: 1, to: LIMITS.idempotencyKey }))
    const store = await findStoreToChat(context, storeId)
    if (!store) throw new Refused(notFound('store'))
    const asked = { store, viewerId: viewerOf(context).id, text, idempotencyKey: idempotencyKey ?? undefined }
    return { __typename: 'ChatMessagePayload', ...(await context.services.stores.chat.send(asked)) }
  }).catch((error: unknown) => {
    if (error instanceof StoreGoneError) return notFound('store')
    throw error
  })
  // Nothing here is refused as forbidden.
  return outcome as Exclude<typeof outcome, { readonly __typename: 'ForbiddenError' }>
}
