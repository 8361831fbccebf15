import type { SearchGround } from './create-search-index.ts'
import { fuse } from './fuse.ts'
import { highlight } from './highlight.ts'
import { readQuestion } from './read-question.ts'
import type { FindParams, SearchHitRecord } from './search-index.ts'
import { findWords } from './store/find-words.ts'
import { rankProducts } from './store/rank-products.ts'

const MOST_HITS = 50

/** A limit that is none asks for nothing. */
export const hitsWithin = (limit: number): number => Math.min(Math.max(Math.trunc(limit) || 0, 0), MOST_HITS)

/** A swap between reading the words and ranking by them is met by asking again; there is not one a second. */
const MOST_TRIES = 3

/** Best first. Found by words; with vectors also by meaning, both ranks weighed alike. */
export async function findProducts(ground: SearchGround, query: FindParams): Promise<readonly SearchHitRecord[]> {
  const limit = hitsWithin(query.limit)
  if (limit === 0) return []
  const { vectors } = ground
  if (!vectors) return findByWords(ground, { ...query, limit })
  const [byWords, byMeaning] = await Promise.all([findByWords(ground, { ...query, limit: MOST_HITS }), vectors.find({ ...query, limit: MOST_HITS })])
  return byMeaning.length === 0 ? byWords.slice(0, limit) : fuse(byWords, byMeaning).slice(0, limit)
}

async function findByWords(ground: SearchGround, { storeId, text, limit }: FindParams): Promise<readonly SearchHitRecord[]> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const read = await readQuestion(ground, { storeId, text, kind: 'products' })
    if (read?.queries.strict == null) return []
    const { question, terms, queries, generation } = read
    const ranked = await rankProducts(ground.database, {
      storeId,
      generation,
      queries,
      weights: terms.map(({ weight }) => weight),
      limit,
      priceAbove: question.priceAbove,
      priceBelow: question.priceBelow,
      lexemes: [...new Set(terms.flatMap(({ exact, near }) => [...exact, ...near]))],
    })
    if (ranked.length > 0 || !(await isSwapped(ground, storeId, generation))) return ranked.map(toHit)
  }
  return []
}

async function isSwapped({ database }: SearchGround, storeId: string, generation: number): Promise<boolean> {
  const now = await findWords(database, { storeId, kind: 'products', words: [] })
  return now !== undefined && now.generation !== generation
}

const toHit = ({ productId, language, score, title, description, found }: Awaited<ReturnType<typeof rankProducts>>[number]): SearchHitRecord => ({
  productId,
  language,
  score: Math.min(1, Math.max(0, score)),
  highlight: highlight(title, description, new Set(found)),
})
