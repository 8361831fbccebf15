/** How an agent speaks. */
export const AGENT_TONES = ['friendly', 'formal', 'brief'] as const
export type AgentTone = (typeof AGENT_TONES)[number]

/** Bounds of what owners may choose for an agent. */
export const AGENT_LIMITS = { name: 60, topics: 12, topic: 60, languages: 5, greeting: 300 } as const

/** Parts of an agent that its owner may choose; `null`: what was derived holds (the tone is friendly then, and there is no greeting). */
export interface AgentChoice {
  readonly name: string | null
  readonly tone: AgentTone | null
  readonly topics: readonly string[] | null
  readonly languages: readonly string[] | null
  readonly greeting: string | null
}

/** The assistant of a store, as it is in effect. */
export interface AgentRecord {
  /** UUID. */
  readonly storeId: string
  readonly name: string
  readonly tone: AgentTone
  /** The store's main subjects, the largest first. */
  readonly topics: readonly string[]
  /** ISO 639-1, the main one first. */
  readonly languages: readonly string[]
  readonly greeting: string | null
  /** What its owner chose. */
  readonly chosen: AgentChoice
  /** Products that it knows of: published ones. */
  readonly productCount: number
  readonly categoryCount: number
  /** Exact decimals, in the store's currency; null: no product has a price. */
  readonly priceFrom: string | null
  readonly priceTo: string | null
  readonly configuredAt: Date
}

/** What answered: the index of the store alone, or a chat-completion provider with what the index found. */
export type AnswerSource = 'retrieval' | 'completion'

export interface ChatMessageRecord {
  /** UUIDs. */
  readonly id: string
  readonly storeId: string
  readonly userId: string
  readonly role: 'user' | 'assistant'
  /** Plain text: clients show it as it is, never as markup. */
  readonly text: string
  readonly productIds: readonly string[]
  readonly orderIds: readonly string[]
  /** null: a question. */
  readonly source: AnswerSource | null
  readonly stale: boolean
  readonly createdAt: Date
}

/** A question and its reply. */
export interface ChatExchange {
  readonly message: ChatMessageRecord
  readonly reply: ChatMessageRecord
}
