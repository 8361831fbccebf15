import { textIn } from '../records.ts'
import type { AgentRecord } from './chat-records.ts'
import { describeProduct, oneLine } from './describe-product.ts'
import { PHRASES, type Phrases } from './phrases.ts'
import { formatPrice } from './price.ts'
import type { CitedOrder } from './store/read-orders.ts'
import type { CitedProduct } from './store/read-products.ts'
import type { Understanding } from './understand.ts'

/** How many things an answer names at most. */
export const MOST_CITED = { friendly: 5, formal: 5, brief: 3 } as const

/** The part of an agent that shapes what it says. */
export type Speaker = Pick<AgentRecord, 'name' | 'tone' | 'topics' | 'greeting' | 'priceFrom' | 'priceTo'>

/** What was found for a question. `refused`: it asks for orders, and not by their owner. */
export interface Found {
  readonly products: readonly CitedProduct[]
  readonly orders: readonly CitedOrder[] | 'refused'
}

export interface ComposeParams {
  readonly understanding: Understanding
  readonly agent: Speaker
  readonly shop: { readonly name: string; readonly currency: string | null }
  /** `learning`: the store has no index yet. */
  readonly found: Found | 'learning'
  readonly isOwner: boolean
}

export interface ComposedAnswer {
  readonly text: string
  readonly productIds: readonly string[]
  readonly orderIds: readonly string[]
}

/** The answer from what was found alone: nothing is said that is not in it. Plain text, one line per thing. */
export function composeAnswer(params: ComposeParams): ComposedAnswer {
  const { understanding, agent, found } = params
  const phrases = PHRASES[understanding.language]
  const { intent, greets, terms } = understanding
  if (intent === 'thanks') return said([phrases.welcome, phrases.closers[agent.tone]].filter(Boolean).join(' '))
  if (found === 'learning') return said(phrases.learning)
  if (intent === 'orders') return aboutOrders(params, phrases, found)
  if (found.products.length > 0) return aboutProducts(params, phrases, found)
  // A name that is spoken to is found nowhere either.
  const isGreeting = intent === 'greeting' || intent === 'help' || (greets && terms.length <= 2)
  if (isGreeting) return said([introduction(params, phrases), subjects(params, phrases)].join(' ').trim())
  if (intent === 'overview') return said([overview(params, phrases), phrases.askMore].filter(Boolean).join(' '))
  return said([phrases.nothing(oneLine(terms.join(' '), 80)), subjects(params, phrases)].filter(Boolean).join(' '))
}

const said = (text: string): ComposedAnswer => ({ text, productIds: [], orderIds: [] })

function introduction({ agent, shop, understanding, isOwner }: ComposeParams, phrases: Phrases): string {
  const greeting = agent.greeting ?? `${phrases.greetings[agent.tone]}${phrases.iAm(agent.name, shop.name)}`
  return agent.tone === 'brief' && understanding.intent === 'greeting' ? greeting : `${greeting} ${phrases.abilities(isOwner)}`
}

const subjects = ({ agent }: ComposeParams, phrases: Phrases): string => (agent.topics.length > 0 ? phrases.topics(agent.topics.join(', ')) : '')

function overview(params: ComposeParams, phrases: Phrases): string {
  const { agent, shop, understanding } = params
  const { priceFrom, priceTo } = agent
  const price = (amount: string) => formatPrice(amount, shop.currency, understanding.language)
  return [subjects(params, phrases), priceFrom !== null && priceTo !== null ? phrases.prices(price(priceFrom), price(priceTo)) : ''].filter(Boolean).join(' ')
}

function aboutProducts({ understanding, agent, shop }: ComposeParams, phrases: Phrases, { products }: Found): ComposedAnswer {
  const cited = products.slice(0, MOST_CITED[agent.tone])
  const { aspect, language } = understanding
  const lines = cited.map((product) => describeProduct({ product, understanding, phrases, currency: shop.currency }))
  const [first] = cited
  const about = first && cited.length === 1 && agent.tone !== 'brief' ? oneLine(textIn(first.description, language), 200) : ''
  const closer = agent.tone === 'formal' ? phrases.closers.formal : ''
  const text = [`${phrases.openers[agent.tone]}${phrases.products[aspect ?? 'plain']}`, ...lines, about, closer].filter(Boolean).join('\n')
  return { text, productIds: cited.map(({ id }) => id), orderIds: [] }
}

function aboutOrders({ understanding, agent }: ComposeParams, phrases: Phrases, { orders }: Found): ComposedAnswer {
  if (orders === 'refused') return said(phrases.ordersForOwner)
  const { terms, language } = understanding
  const cited = orders.slice(0, MOST_CITED[agent.tone])
  if (cited.length === 0) return said(terms.length > 0 ? phrases.noOrders(oneLine(terms.join(' '), 80)) : phrases.noOrdersAtAll)
  const status = (word: string) => phrases.statuses[word] ?? word
  const lines = cited.map(({ number, status: state, paymentStatus, shippingStatus, total, currency, contactName, lines: items, createdAt }) => {
    const count = items.reduce((sum, { quantity }) => sum + quantity, 0)
    const states = state === 'cancelled' ? [status(state)] : [status(paymentStatus), status(shippingStatus)]
    const parts = [phrases.order(number), ...states, phrases.items(count), formatPrice(total, currency, language)]
    if (contactName) parts.push(`${phrases.from} ${oneLine(contactName, 80)}`)
    if (createdAt) parts.push(createdAt.toISOString().slice(0, 10))
    return `• ${parts.join(' · ')}`
  })
  return { text: [`${phrases.openers[agent.tone]}${phrases.orders}`, ...lines].join('\n'), productIds: [], orderIds: cited.map(({ id }) => id) }
}
