import type { SearchGround } from './create-search-index.ts'
import { type MatchQueries, matchQueries } from './match-queries.ts'
import { parseQuestion, type Question } from './question.ts'
import type { IndexPart } from './search-index.ts'
import { findNearWords, findWords } from './store/find-words.ts'
import { corrections, lookedUp, type Term, weighTerms } from './terms.ts'

/** A question in the words of the index that is in use. */
export interface ReadQuestion {
  readonly question: Question
  readonly generation: number
  readonly terms: readonly Term[]
  readonly queries: MatchQueries
}

/** `undefined`: the store has no index, or the text no word. */
export async function readQuestion(
  { database, hasTrigrams }: SearchGround,
  asked: { readonly storeId: string; readonly text: string; readonly kind: IndexPart },
): Promise<ReadQuestion | undefined> {
  const { storeId, text, kind } = asked
  const question = parseQuestion(text)
  if (question.words.length === 0) return undefined
  const vocabulary = await findWords(database, { storeId, kind, words: lookedUp(question) })
  if (!vocabulary) return undefined
  const { generation, known, total } = vocabulary
  const knownWords = new Set(known.map(({ word }) => word))
  const unknown = question.words.filter((word) => !knownWords.has(word) && /^\D{3,}$/.test(word))
  const near = unknown.length === 0 ? [] : await findNearWords(database, { generation, kind, words: unknown, hasTrigrams: await hasTrigrams() })
  const corrected = new Map([...Map.groupBy(near, ({ word }) => word)].map(([word, candidates]) => [word, corrections(candidates)]))
  const terms = weighTerms({ question, known, corrected, total })
  return { question, generation, terms, queries: matchQueries(terms, `#${kind.charAt(0)}${generation}`) }
}
