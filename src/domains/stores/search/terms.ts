import { editDistance, forgiven } from './edit-distance.ts'
import type { Question } from './question.ts'
import type { KnownWord, NearWord } from './store/find-words.ts'
import { synonymsOf } from './synonyms.ts'

/** One word of a question, as the index knows it. */
export interface Term {
  readonly exact: readonly string[]
  /** Synonyms and corrections: worth less than what was asked for. */
  readonly near: readonly string[]
  /** Documents that have it, about. */
  readonly documentCount: number
  /** How much it tells: rare words more than common ones. */
  readonly weight: number
}

/** The words of a question and their synonyms, as `findWords` takes them. */
export const lookedUp = (question: Question): readonly string[] => [...new Set(question.words.flatMap((word) => [word, ...synonymsOf(word)]))]

/** The most that are taken of the corrections of one word. */
const MOST_CORRECTIONS = 3

/** Among candidates, the words with the fewest slips; of those the common ones. */
export function corrections(candidates: readonly NearWord[]): readonly KnownWord[] {
  const judged = candidates
    .map((candidate) => ({ ...candidate, distance: Math.min(...candidate.forms.map((form) => slips(form, candidate.lexeme))) }))
    .filter(({ distance }) => Number.isFinite(distance))
  const least = Math.min(...judged.map(({ distance }) => distance))
  return judged
    .filter(({ distance }) => distance === least)
    .toSorted((left, right) => right.documentCount - left.documentCount)
    .slice(0, MOST_CORRECTIONS)
}

function slips(form: string, lexeme: string): number {
  if (Math.abs(form.length - lexeme.length) > forgiven(form)) return Number.POSITIVE_INFINITY
  const distance = editDistance(form, lexeme)
  return distance <= forgiven(form) ? distance : Number.POSITIVE_INFINITY
}

interface WeighParams {
  readonly question: Question
  readonly known: readonly KnownWord[]
  readonly corrected: ReadonlyMap<string, readonly KnownWord[]>
  /** Documents of the index. */
  readonly total: number
}

/** A term for each word, rarest first; unknown ones too: they lower the score of what lacks them. */
export function weighTerms({ question, known, corrected, total }: WeighParams): readonly Term[] {
  const byWord = Map.groupBy(known, ({ word }) => word)
  const terms = question.words.map((word) => {
    const exact = byWord.get(word) ?? []
    const near = [...synonymsOf(word).flatMap((synonym) => byWord.get(synonym) ?? []), ...(corrected.get(word) ?? [])]
    const most = (words: readonly KnownWord[]) => Math.max(0, ...words.map(({ documentCount }) => documentCount))
    const documentCount = most(exact) + (most(exact) === 0 || near.length > 0 ? most(near) : 0)
    const found = new Set(exact.map(({ lexeme }) => lexeme))
    return {
      exact: [...found],
      near: [...new Set(near.map(({ lexeme }) => lexeme))].filter((lexeme) => !found.has(lexeme)),
      documentCount,
      weight: Math.log(1 + Math.max(total, 1) / Math.max(documentCount, 1)),
    }
  })
  return terms.toSorted((left, right) => left.documentCount - right.documentCount)
}
