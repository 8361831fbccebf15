import { type ChatLanguage, contentOf, EVIDENCE, plainOf, type Word, wordsOf } from './words.ts'

/** What a question is after. overview: what there is at all; refinement of an earlier question counts as that question. */
export type Intent = 'greeting' | 'thanks' | 'help' | 'overview' | 'products' | 'orders'

/** What of a product is asked for. */
export type Aspect = 'price' | 'stock' | 'options'

export interface Understanding {
  readonly language: ChatLanguage
  readonly intent: Intent
  /** What is asked for, without what only asks: words as they were written; empty where the question names nothing. */
  readonly terms: readonly string[]
  /** What search is asked: the question, with the one that it refines. Search reads more of it than we do (prices, sizes). */
  readonly query: string
  readonly aspect: Aspect | null
  /** An order's number, where the question names one. */
  readonly orderNumber: string | null
  /** It begins with a greeting, whatever follows. */
  readonly greets: boolean
}

export interface UnderstandParams {
  readonly text: string
  /** Earlier questions of the same chat, newest first. */
  readonly earlier: readonly string[]
  /** Where the words don't tell. */
  readonly fallback: ChatLanguage
}

/** More terms only slow search down. */
const MOST_TERMS = 12
const LONGEST_QUERY = 500

/** Reads a question, without a dictionary of the world: by the words that Spanish and English shoppers and sellers use. */
export function understand({ text, earlier, fallback }: UnderstandParams): Understanding {
  const own = read(text, earlier, fallback)
  const base = isRefinement(own) ? earlier.map((each) => read(each, [], own.language)).find((each) => !isRefinement(each) && each.terms.length > 0) : undefined
  if (!base) return toUnderstanding(own, own.terms, text)
  const terms = [...base.terms, ...own.terms.filter((term) => !base.terms.some((known) => plainOf(known) === plainOf(term)))]
  const query = [base.text, ...own.terms].join(' ')
  return { ...toUnderstanding(own, terms, query), intent: base.intent === 'orders' ? 'orders' : 'products', orderNumber: own.orderNumber ?? base.orderNumber }
}

interface Reading extends Omit<Understanding, 'query'> {
  readonly text: string
  readonly words: readonly Word[]
}

const toUnderstanding = ({ language, intent, aspect, orderNumber, greets }: Reading, terms: readonly string[], query: string): Understanding => ({
  language,
  intent,
  terms: terms.slice(0, MOST_TERMS),
  query: query.slice(0, LONGEST_QUERY).toWellFormed(),
  aspect,
  orderNumber,
  greets,
})

function read(text: string, earlier: readonly string[], fallback: ChatLanguage): Reading {
  const words = wordsOf(text)
  const told = languageOf(text)
  const language = told ?? earlier.map(languageOf).find((known) => known !== undefined) ?? fallback
  const orderNumber = orderNumberOf(text, words)
  const isOrders = orderNumber !== null || words.some((word, index) => isOrderWord(word.plain, words[index - 1]?.plain))
  const content = contentOf(words, told ? [told] : ['es', 'en']).filter(({ plain }) => !isOrders || !ORDER_FILLING.has(plain))
  const plain = plainOf(text)
  const intent = isOrders ? 'orders' : intentOf(plain, content)
  return { language, intent, terms: content.map(({ raw }) => raw), aspect: aspectOf(plain), orderNumber, greets: GREETING.test(plain), words, text }
}

/** `undefined`: the words don't tell. */
export function languageOf(text: string): ChatLanguage | undefined {
  const words = wordsOf(text)
  const count = (language: ChatLanguage) => words.filter(({ plain }) => EVIDENCE[language].has(plain)).length
  const spanish = count('es') + (/[¿¡ñáéíóú]/i.test(text) ? 2 : 0)
  const english = count('en')
  if (spanish === english) return undefined
  return spanish > english ? 'es' : 'en'
}

const GREETING = /^\W*(hola+|buenas|buenos dias|buen dia|buenas tardes|hi+|hello+|hey|good (morning|afternoon|evening))\b/
const THANKS = /\b(gracias|thanks|thank you|thx)\b/
const HELP =
  /\b(ayuda|ayudame|help|que (podes|puedes|sabes)|(en|con) que (me )?(podes|puedes) ayudar|what can you|who are you|quien sos|quien eres|como funciona)\b/

function intentOf(plain: string, content: readonly Word[]): Intent {
  if (HELP.test(plain) && content.length <= 3) return 'help'
  if (content.length > 0) return 'products'
  if (THANKS.test(plain)) return 'thanks'
  return GREETING.test(plain) ? 'greeting' : 'overview'
}

const ASPECTS: readonly (readonly [Aspect, RegExp])[] = [
  ['price', /\b(cuanto (sale|salen|cuesta|cuestan|vale|valen|esta|estan)|precios?|how much|prices?|costs?|cost)\b/],
  ['options', /\b(talles?|tallas?|colores|color|medidas|sizes?|colou?rs?|options|variantes)\b/],
  ['stock', /\b(stock|quedan?|disponibles?|disponibilidad|available|availability|left)\b/],
]

const aspectOf = (plain: string): Aspect | null => ASPECTS.find(([, pattern]) => pattern.test(plain))?.[0] ?? null

const ORDER_WORDS = new Set(['pedido', 'pedidos', 'ordenes', 'orden', 'orders', 'order', 'purchases'])
/** "Can I order …" asks for a product. */
const BEFORE_A_VERB = new Set(['to', 'i', 'we', 'you', 'can', 'they'])
const isOrderWord = (plain: string, before: string | undefined): boolean =>
  ORDER_WORDS.has(plain) && !(plain === 'order' && before !== undefined && BEFORE_A_VERB.has(before))

/** Beside what only asks: words that say that it is about orders, or about which of them. */
const ORDER_FILLING = new Set([
  ...ORDER_WORDS,
  ...'ultimo ultimos ultima ultimas reciente recientes latest last recent newest estado status envio compra compras hoy today list lista numero number nro'.split(
    ' ',
  ),
  ...'llego llega llegan llegaron enviaron entregado shipped delivered arrive arrived arriving going come placed made by track tracking seguimiento'.split(' '),
])

/** `#1042`, or a number beside a word for orders. */
function orderNumberOf(text: string, words: readonly Word[]): string | null {
  const marked = /#\s?(\d{1,12})\b/.exec(text)?.[1]
  if (marked !== undefined) return marked
  if (!words.some((word, index) => isOrderWord(word.plain, words[index - 1]?.plain))) return null
  return words.find(({ plain }) => /^\d{2,12}$/.test(plain))?.plain ?? null
}

const CONTINUES = new Set(['y', 'e', 'and', 'pero', 'but', 'tambien', 'also', 'or'])

/** "¿Y en azul?", "what about red?", "how much?": it says something about what was asked before. */
function isRefinement({ words, intent, terms, aspect }: Reading): boolean {
  if (intent !== 'products' && intent !== 'overview') return false
  const [first, second] = words.map(({ plain }) => plain)
  const isContinued = (first !== undefined && CONTINUES.has(first)) || ((first === 'what' || first === 'how') && second === 'about')
  return (isContinued && words.length <= 8) || (terms.length === 0 && aspect !== null)
}
