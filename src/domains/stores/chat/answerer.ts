import type { Clock } from '../../../base/clock.ts'
import type { Database } from '../../../database/database.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import type { StoreRecord } from '../records.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { AnswerSource } from './chat-records.ts'
import { type ChatCompletion, CompletionError, type CompletionFailure } from './completion.ts'
import { completionPrompt, type PromptParams } from './completion-prompt.ts'
import { type ComposedAnswer, composeAnswer, type Found, MOST_CITED, type Speaker } from './compose-answer.ts'
import { findAgents } from './store/find-agents.ts'
import type { ChatState } from './store/read-chat-state.ts'
import { type CitedOrder, findOrdersByNumber, newestOrders, readOrders } from './store/read-orders.ts'
import { readProducts } from './store/read-products.ts'
import { type Understanding, understand } from './understand.ts'

declare module '../../../telemetry/facts.ts' {
  interface Facts {
    'chat.answered': { readonly source: AnswerSource; readonly intent: Understanding['intent']; readonly ms: number }
    /** The provider gave no usable answer; the user got the one from the index. */
    'chat.completion.failed': { readonly failure: CompletionFailure; readonly status: number | null; readonly ms: number }
  }
}

export interface AnswererParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly search: Pick<SearchIndex, 'find' | 'findOrders'>
  readonly completion?: ChatCompletion | undefined
}

export interface Question {
  readonly store: StoreRecord
  readonly viewerId: string
  readonly text: string
}

export interface Answer extends ComposedAnswer {
  readonly source: AnswerSource
}

const HITS = 8
/** Beside the best hit, worse ones than this share of it are accidents. */
const LEAST_SCORE = 0.35

/** Finds what a question is about and words the answer: by a provider where there is one and something was found, else by itself. */
export class Answerer {
  readonly #params: AnswererParams

  constructor(params: AnswererParams) {
    this.#params = params
  }

  async answer(question: Question, { hasIndex, recent }: ChatState): Promise<Answer> {
    const { clock, telemetry, database } = this.#params
    const begun = clock.monotonic()
    const { store, text, viewerId } = question
    const [agent] = await findAgents(database, [store.id])
    const earlier = recent.filter(({ role }) => role === 'user').map((said) => said.text)
    const understanding = understand({ text, earlier, fallback: store.language === 'en' ? 'en' : 'es' })
    const isOwner = store.ownerId === viewerId
    const found = hasIndex ? await this.#find(store, understanding, isOwner) : 'learning'
    const prompt: PromptParams = { understanding, agent: agent ?? unconfigured(store), shop: store, found, isOwner, text, recent }
    const composed = composeAnswer(prompt)
    const answer = (await this.#complete(prompt, composed)) ?? { ...composed, source: 'retrieval' }
    telemetry.emit('chat.answered', { source: answer.source, intent: understanding.intent, ms: Math.round(clock.monotonic() - begun) })
    return answer
  }

  async #find(store: StoreRecord, understanding: Understanding, isOwner: boolean): Promise<Found> {
    const { intent, terms, query } = understanding
    if (intent === 'orders') return { products: [], orders: isOwner ? await this.#orders(store.id, understanding) : 'refused' }
    if (intent !== 'products' && intent !== 'help') return { products: [], orders: [] }
    if (terms.length === 0) return { products: [], orders: [] }
    const { database, search } = this.#params
    const hits = await search.find({ storeId: store.id, text: query, limit: HITS })
    const best = Math.max(0, ...hits.map(({ score }) => score))
    const good = hits.filter(({ score }) => score >= best * LEAST_SCORE)
    const products = await readProducts(
      database,
      store.id,
      good.map(({ productId }) => productId),
    )
    return { products, orders: [] }
  }

  async #orders(storeId: string, { orderNumber, terms }: Understanding): Promise<readonly CitedOrder[]> {
    const { database, search } = this.#params
    const limit = MOST_CITED.formal
    const numbered = orderNumber === null ? [] : await findOrdersByNumber(database, storeId, orderNumber, limit)
    if (numbered.length > 0) return numbered
    if (terms.length === 0) return newestOrders(database, storeId, limit)
    return readOrders(database, storeId, await search.findOrders({ storeId, text: terms.join(' '), limit }))
  }

  /** `undefined`: there is no provider, nothing for it to word, or it failed. */
  async #complete(prompt: PromptParams, composed: ComposedAnswer): Promise<Answer | undefined> {
    const { completion, clock, telemetry } = this.#params
    // Where nothing was found a provider could only make something up.
    if (!completion || composed.productIds.length + composed.orderIds.length === 0) return undefined
    const begun = clock.monotonic()
    try {
      return { ...composed, text: await completion.complete(completionPrompt(prompt)), source: 'completion' }
    } catch (error) {
      if (!(error instanceof CompletionError)) throw error
      telemetry.emit('chat.completion.failed', { failure: error.failure, status: error.status, ms: Math.round(clock.monotonic() - begun) })
      return undefined
    }
  }
}

/** Before the connection has come that far. */
const unconfigured = ({ name, language }: StoreRecord): Speaker => ({
  name: language === 'en' ? `${name} assistant` : `Asistente de ${name}`,
  tone: 'friendly',
  topics: [],
  greeting: null,
  priceFrom: null,
  priceTo: null,
})
