import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../base/json.ts'
import type { Texts } from '../records.ts'

/**
 * Makes what a shop says fit our tables: a shop that sends nonsense must not end the sync of everything else. Zero characters and halves of
 * surrogate pairs, which PostgreSQL refuses, are taken out; what is longer than these limits is cut.
 */
export const LIMITS = {
  /** Characters of an id, a number, a state. */
  code: 200,
  /** Characters of a name, a tag, an address of a person. */
  line: 500,
  url: 2_000,
  /** Characters of a description, in each language. */
  text: 20_000,
  languages: 10,
  /** Tags, categories, options, each. */
  labels: 200,
  /** Variants of a product, lines of an order. */
  parts: 1_000,
} as const

export const clean = (text: string, most: number): string => text.slice(0, most).replaceAll('\u0000', '').toWellFormed()

export const cleanOrNull = (text: string | null, most: number): string | null => (text === null ? null : clean(text, most))

export const cleanTexts = (texts: Texts, most: number): Texts =>
  Object.fromEntries(
    Object.entries(texts)
      .slice(0, LIMITS.languages)
      .map(([language, text]) => [clean(language, LIMITS.code), clean(text, most)]),
  )

export const cleanList = (texts: readonly Texts[]): readonly Texts[] => texts.slice(0, LIMITS.labels).map((one) => cleanTexts(one, LIMITS.line))

const DECIMAL = /^-?\d{1,17}(\.\d{1,20})?$/

/** A decimal that a `numeric(20, 2)` takes; null for anything else. */
export const cleanDecimal = (text: string | null): string | null => (text !== null && DECIMAL.test(text) ? text : null)

const MOST_INTEGER = 2_147_483_647

/** A whole number that an `integer` takes. */
export const cleanInteger = (value: number): number => (Number.isFinite(value) ? Math.trunc(Math.min(Math.max(value, -MOST_INTEGER), MOST_INTEGER)) : 0)

const FIRST_MS = Date.UTC(1970, 0, 1)
const LAST_MS = Date.UTC(9999, 11, 31)

/** Milliseconds since the epoch; undefined: none, or none that we understand. */
export function instantOf(text: string | null): number | undefined {
  const ms = text === null ? Number.NaN : Date.parse(text)
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined
}

/** ISO 8601 in UTC. */
export function cleanInstant(text: string | null): string | null {
  const ms = instantOf(text)
  return ms === undefined ? null : new Date(ms).toISOString()
}

/** 32 hexadecimal digits; equal for equal content, whatever the order of its keys. */
export const hashOf = (content: unknown): string => createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 32)
