import type { SearchGround } from './create-search-index.ts'
import { hitsWithin } from './find-products.ts'
import { readQuestion } from './read-question.ts'
import type { FindParams } from './search-index.ts'
import { rankOrders } from './store/rank-products.ts'

/** Orders that have most of what the text says: a number, a name, an address, a product. An index that is swapped at that very moment finds none. */
export async function findOrders(ground: SearchGround, { storeId, text, limit }: FindParams): Promise<readonly string[]> {
  const most = hitsWithin(limit)
  const read = most === 0 ? undefined : await readQuestion(ground, { storeId, text, kind: 'orders' })
  if (read?.queries.strict == null) return []
  const { terms, queries, generation } = read
  return rankOrders(ground.database, { storeId, generation, queries, weights: terms.map(({ weight }) => weight), limit: most })
}
