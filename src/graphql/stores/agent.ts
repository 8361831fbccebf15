import { AGENT_LIMITS, type AgentChoice, type AgentRecord, type AgentTone } from '../../domains/stores/chat/chat-records.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { answer, type ForbiddenRefusal, type InvalidInputRefusal, type NotFoundRefusal, notFound, Refused } from '../refusals.ts'
import type { ChatRefs } from './chat-message.ts'
import { storeToControl } from './store-access.ts'

interface AgentPayload {
  readonly __typename: 'AgentPayload'
  readonly agent: AgentRecord
}

const TONES: Readonly<Record<Uppercase<AgentTone>, { readonly value: AgentTone; readonly description: string }>> = {
  FRIENDLY: { value: 'friendly', description: 'Warm; the usual one.' },
  FORMAL: { value: 'formal', description: 'Polite, and somewhat longer.' },
  BRIEF: { value: 'brief', description: 'As short as it can be.' },
}

/** Agents: how the assistant of a store speaks, and what it knows of. */
export function addAgent(builder: Builder, { store }: Pick<ChatRefs, 'store'>): void {
  const tone = addTone(builder)
  const agent = addAgentType(builder, tone)
  builder.objectField(store, 'agent', (t) =>
    t.field({
      type: agent,
      nullable: true,
      description: 'Its assistant; null until the first connection has set it up.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.agent.load(id)) ?? null,
    }),
  )
  addUpdate(builder, tone, agent)
}

type ToneRef = ReturnType<typeof addTone>
const addTone = (builder: Builder) => builder.enumType('AgentTone', { description: 'How an agent speaks.', values: TONES })
type AgentRef = ReturnType<typeof addAgentType>

function addAgentType(builder: Builder, tone: ToneRef) {
  return builder.objectRef<AgentRecord>('Agent').implement({
    description: 'The assistant of a store: what its owner chose, and otherwise what the catalogue says.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'What it is called.' }),
      tone: t.field({ type: tone, description: 'How it speaks.', resolve: (from) => from.tone }),
      topics: t.exposeStringList('topics', { description: `What it offers to talk about, the largest first, at most ${AGENT_LIMITS.topics}.` }),
      languages: t.exposeStringList('languages', { description: `ISO 639-1, the main one first, at most ${AGENT_LIMITS.languages}.` }),
      greeting: t.exposeString('greeting', { nullable: true, description: 'What it says first, where its owner chose something.' }),
      chosen: t.stringList({
        description: 'Names of the fields that its owner chose, each at most once; the others follow the catalogue.',
        resolve: ({ chosen }) =>
          Object.entries(chosen)
            .filter(([, value]) => value !== null)
            .map(([name]) => name)
            .toSorted(),
      }),
      productCount: t.exposeInt('productCount', { description: 'Products that it knew of when it was configured last.' }),
      categoryCount: t.exposeInt('categoryCount', { description: 'Categories that they are in.' }),
      priceFrom: t.exposeString('priceFrom', { nullable: true, description: "The lowest price: exact decimal in the store's currency." }),
      priceTo: t.exposeString('priceTo', { nullable: true, description: 'The highest one.' }),
      configuredAt: t.expose('configuredAt', { type: 'DateTime', description: 'When it was last brought up to date with the catalogue.' }),
    }),
  })
}

function addUpdate(builder: Builder, tone: ToneRef, agent: AgentRef): void {
  const input = builder.inputType('UpdateAgentInput', {
    description: 'How an agent is to be. What is absent stays; null goes back to what the catalogue says.',
    fields: (t) => ({
      storeId: t.id({ required: true, description: 'Id of its store.' }),
      name: t.string({ description: `1 to ${AGENT_LIMITS.name} characters.` }),
      tone: t.field({ type: tone, description: 'How it speaks.' }),
      topics: t.stringList({ description: `At most ${AGENT_LIMITS.topics}, each of 1 to ${AGENT_LIMITS.topic} characters.` }),
      languages: t.stringList({ description: `ISO 639-1, 1 to ${AGENT_LIMITS.languages}.` }),
      greeting: t.string({ description: `1 to ${AGENT_LIMITS.greeting} characters.` }),
    }),
  })
  const payload = builder.objectRef<AgentPayload>('AgentPayload').implement({
    description: 'An agent as it is after the mutation.',
    fields: (t) => ({ agent: t.field({ type: agent, description: 'The agent.', resolve: (from) => from.agent }) }),
  })
  const result = builder.unionType('UpdateAgentResult', {
    description: 'What updateAgent answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
    resolveType: (outcome: AgentPayload | InvalidInputRefusal | NotFoundRefusal | ForbiddenRefusal) => outcome.__typename,
  })
  builder.mutationField('updateAgent', (t) =>
    t.field({
      type: result,
      description: "Changes how a store's assistant is called and speaks. For the store's owner and administrators.",
      args: { input: t.arg({ type: input, required: true, description: 'What changes.' }) },
      resolve: (_root, { input: { storeId, ...change } }, context) => update(context, storeId, change),
    }),
  )
}

type Wish = { readonly [Name in keyof AgentChoice]?: AgentChoice[Name] | undefined }

const update = (context: Context, id: string, wish: Wish) =>
  answer(async (): Promise<AgentPayload> => {
    const store = await storeToControl(context, id)
    const change = Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as Partial<AgentChoice>
    const agent = await context.services.stores.agents.choose(store.id, change)
    if (!agent) throw new Refused(notFound('store'))
    context.loaders.agent.clear(store.id)
    return { __typename: 'AgentPayload', agent }
  })
