import { textIn } from '../records.ts'
import type { Phrases } from './phrases.ts'
import { formatPrice } from './price.ts'
import type { CitedProduct, CitedVariant } from './store/read-products.ts'
import type { Understanding } from './understand.ts'
import { type ChatLanguage, plainOf, wordsOf } from './words.ts'

/** How one product stands in an answer: name, price, what is available; of the variants that the question names, where it names any. */
export interface DescribeProductParams {
  readonly product: CitedProduct
  readonly understanding: Understanding
  readonly phrases: Phrases
  readonly currency: string | null
}

const LONGEST_NAME = 120
const MOST_OPTIONS = 8

export function describeProduct({ product, understanding, phrases, currency }: DescribeProductParams): string {
  const { language, terms, aspect } = understanding
  const asked = variantsAsked(product, terms)
  const chosen = asked.length > 0 && asked.length < product.variants.length ? asked : undefined
  const [only] = chosen ?? []
  const price = only && chosen ? lowest(chosen) : product.price
  const parts = [
    oneLine(textIn(product.name, language), LONGEST_NAME) + (only && chosen?.length === 1 ? ` (${optionsOf(only, language)})` : ''),
    price === null ? phrases.noPrice : formatPrice(price, currency, language),
    availability(chosen ? sumStock(chosen) : product.stock, phrases),
  ]
  const options = offered(chosen ?? product.variants, language)
  if ((aspect === 'options' || (chosen?.length ?? 0) > 1) && options.length > 0) parts.push(phrases.options(options.slice(0, MOST_OPTIONS).join(', ')))
  return `• ${parts.join(' · ')}`
}

/** On one line, at most so long. */
export function oneLine(text: string, most: number): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim()
  return line.length <= most
    ? line
    : `${line
        .slice(0, most - 1)
        .toWellFormed()
        .trimEnd()}…`
}

function availability(stock: number | null, phrases: Phrases): string {
  if (stock === null) return phrases.available
  return stock > 0 ? phrases.left(stock) : phrases.soldOut
}

const allTexts = ({ options }: CitedVariant): string[] => options.flatMap((texts) => Object.values(texts).map(plainOf))

/** Variants that have every option that the question names: "roja", "M". */
function variantsAsked({ variants }: CitedProduct, terms: readonly string[]): readonly CitedVariant[] {
  const known = new Set(variants.flatMap((variant) => allTexts(variant).flatMap((text) => [text, ...wordsOf(text).map(({ plain }) => plain)])))
  const wanted = terms.map(plainOf).flatMap((term) => [...known].find((text) => isSame(text, term)) ?? [])
  if (wanted.length === 0) return []
  return variants.filter((variant) =>
    wanted.every((option) => allTexts(variant).some((text) => text === option || wordsOf(text).some(({ plain }) => plain === option))),
  )
}

/** Spanish options have a gender and a number that the question may say otherwise: rojo, rojas. */
const isSame = (option: string, term: string): boolean => option === term || (option.length > 3 && stem(option) === stem(term))
const stem = (word: string): string => word.replace(/(?:[oae]s?|s)$/, '')

const sumStock = (variants: readonly CitedVariant[]): number | null =>
  variants.some(({ stock }) => stock === null) ? null : variants.reduce((sum, { stock }) => sum + Math.max(0, stock ?? 0), 0)

const lowest = (variants: readonly CitedVariant[]): string | null =>
  variants.reduce<string | null>((least, { price }) => (price !== null && (least === null || Number(price) < Number(least)) ? price : least), null)

const optionsOf = ({ options }: CitedVariant, language: ChatLanguage): string => options.map((texts) => oneLine(textIn(texts, language), 40)).join(' / ')

/** What can be had of the variants, each once, in their order; those that are sold out are left out. */
const offered = (variants: readonly CitedVariant[], language: ChatLanguage): readonly string[] => [
  ...new Set(variants.filter(({ stock, options }) => stock !== 0 && options.length > 0).map((variant) => optionsOf(variant, language))),
]
