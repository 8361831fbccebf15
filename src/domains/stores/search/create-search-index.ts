import type { Database } from '../../../database/database.ts'
import { buildIndex, removeUnused } from './build-index.ts'
import type { Embeddings } from './embeddings.ts'
import { findOrders } from './find-orders.ts'
import { findProducts } from './find-products.ts'
import { ProductVectors } from './product-vectors.ts'
import type { SearchIndex } from './search-index.ts'
import { detachBuild, swapIn } from './store/builds.ts'
import { hasTrigrams } from './store/find-words.ts'

export interface SearchIndexParams {
  readonly database: Database
  /** Adds likeness of meaning where the database has pgvector; absent: words alone. */
  readonly embeddings?: Embeddings | undefined
}

/** The search over the documents of PostgreSQL's full text. */
export function createSearchIndex({ database, embeddings }: SearchIndexParams): SearchIndex {
  const vectors = embeddings && new ProductVectors({ database, embeddings })
  let trigrams: Promise<boolean> | undefined
  const ground = {
    database,
    vectors,
    /** Asked once: extensions come and go with migrations and restarts. */
    hasTrigrams: () => {
      trigrams ??= hasTrigrams(database).catch((error: unknown) => {
        trigrams = undefined
        throw error
      })
      return trigrams
    },
  }
  return {
    build: (run, step, wanted) => buildIndex({ run, step, ...wanted, database, vectors }),
    async swap(run, storeId) {
      await run.transaction((transaction) => swapIn(transaction, run.id))
      await removeUnused({ run, storeId, database })
    },
    async discard(run, storeId) {
      // Its steps would be skipped by a retry, which then puts an index in use that is not there.
      await run.transaction(async (transaction) => {
        await run.forget(transaction)
        await detachBuild(transaction, run.id)
      })
      await removeUnused({ run, storeId, database })
    },
    find: (query) => findProducts(ground, query),
    findOrders: (query) => findOrders(ground, query),
  }
}

export interface SearchGround {
  readonly database: Database
  readonly vectors: ProductVectors | undefined
  hasTrigrams(): Promise<boolean>
}
