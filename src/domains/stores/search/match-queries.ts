import type { Term } from './terms.ts'

/** What documents must have to be ranked at all, as texts of `tsquery`. */
export interface MatchQueries {
  /** Every word that the index knows; null: it knows none. */
  readonly strict: string | null
  /** Any of the rarest words; null: the strict one says it. */
  readonly loose: string | null
  /** For each term what was asked for, and what is near to it; null: nothing. */
  readonly exact: readonly (string | null)[]
  readonly near: readonly (string | null)[]
}

/** More documents than that are not ranked for words that most of them have: those words tell them apart least. */
export const MOST_RANKED = 3_000

/** `marker` is the word that all documents of one index and kind have. */
export function matchQueries(terms: readonly Term[], marker: string): MatchQueries {
  const known = terms.filter(({ exact, near }) => exact.length + near.length > 0)
  const within = (condition: string) => `${quoted(marker)} & (${condition})`
  const rare = known.filter((_, index) => index === 0 || documentsUpTo(known, index) <= MOST_RANKED)
  return {
    strict: known.length === 0 ? null : within(known.map((term) => `(${either([...term.exact, ...term.near])})`).join(' & ')),
    loose: known.length < 2 ? null : within(either(rare.flatMap((term) => [...term.exact, ...term.near]))),
    exact: terms.map(({ exact }) => orNull(exact)),
    near: terms.map(({ near }) => orNull(near)),
  }
}

const documentsUpTo = (terms: readonly Term[], last: number): number => terms.slice(0, last + 1).reduce((sum, term) => sum + term.documentCount, 0)
const either = (lexemes: readonly string[]): string => [...new Set(lexemes)].map(quoted).join(' | ')
const orNull = (lexemes: readonly string[]): string | null => (lexemes.length === 0 ? null : either(lexemes))
const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
