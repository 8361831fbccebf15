import { STOP_WORDS } from './stop-words.ts'

/** What a person asked, as far as search goes by it. */
export interface Question {
  /** Folded, without repetition; never empty unless the text has no word. */
  readonly words: readonly string[]
  readonly priceAbove: number | null
  readonly priceBelow: number | null
}

const LONGEST_TEXT = 500
const MOST_WORDS = 32
const LONGEST_WORD = 64

const NUMBER = String.raw`(?:us\$|u\$s|usd|ars|\$|€)?\s*(\d{1,9}(?:[.,]\d{1,3})*)\s*(mil\b|k\b)?`
/** A number with a unit is a size, not a price. */
const NO_UNIT = String.raw`(?!\s*(?:kg|g|gr|l|lts?|litros?|lit(?:er|re)s?|ml|cm|mm|m|metros?|met(?:er|re)s?|pulgadas|inch(?:es)?|w|personas?|people|piezas|pieces|years?|anos|dias|days)\b)`
const BELOW = new RegExp(
  String.raw`\b(?:por menos de|menos de|por debajo de|hasta|no mas de|maximo|under|below|less than|up to|at most|cheaper than|max)\s+${NUMBER}${NO_UNIT}`,
)
const ABOVE = new RegExp(String.raw`\b(?:mas de|por encima de|desde|minimo|over|above|more than|at least|from)\s+${NUMBER}${NO_UNIT}`)

/** Never throws, whatever the text is. Words that say nothing ("do you have …") are left out, unless there are no others. */
export function parseQuestion(text: string): Question {
  let rest = fold(text.slice(0, LONGEST_TEXT))
  const price = (pattern: RegExp): number | null => {
    const found = pattern.exec(rest)
    if (!found) return null
    rest = rest.replace(found[0], ' ')
    return toAmount(found[1] ?? '') * (found[2] === undefined ? 1 : 1_000)
  }
  const priceBelow = price(BELOW)
  const priceAbove = price(ABOVE)
  const all = [...new Set(toWords(rest))]
  const telling = all.filter((word) => !STOP_WORDS.has(word))
  return { words: (telling.length > 0 ? telling : all).slice(0, MOST_WORDS), priceAbove, priceBelow }
}

/** As the SQL function `search_text` does it, which folds the texts of the index. */
export const toWords = (text: string): string[] =>
  fold(text)
    .replace(/[\p{Cc} -/:-@[-`{-¿×÷\u2000-\u206f]+/gu, ' ')
    .replace(/(\d)(?=[a-z])|([a-z])(?=\d)/g, '$1$2 ')
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => word.slice(0, LONGEST_WORD))

/** What `search_text` makes of a Spanish word beyond that. */
export const spanishForm = (word: string): string => word.replace(/([cs])ion$/, '$1ión').replace(/z$/, 'c')

const LETTERS: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', œ: 'o', æ: 'a', ß: 's' }

const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[øłđœæß]/g, (letter) => LETTERS[letter] ?? letter)

/** "1.500" and "1,500" are thousands, "99.90" is not. */
function toAmount(digits: string): number {
  const thousands = digits.replace(/[.,](?=\d{3}(?:\D|$))/g, '')
  return Number(thousands.replace(',', '.')) || 0
}
