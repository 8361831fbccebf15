import type { Database, Transaction } from '../../../database/database.ts'
import type { Embeddings } from './embeddings.ts'
import { highlight } from './highlight.ts'
import type { FindParams, SearchHitRecord } from './search-index.ts'
import type { InsertDocumentsParams } from './store/insert-documents.ts'
import { copyVectors, findMissingVectors, findNearest, hasVectors, insertVectors, makeVectorTable } from './store/vectors.ts'

const NOTHING: ReadonlySet<string> = new Set()

/** Products as points, in pgvector. Where the database does not have it, everything here does nothing. */
export class ProductVectors {
  readonly #database: Database
  readonly #embeddings: Embeddings
  #isThere = false

  constructor({ database, embeddings }: { readonly database: Database; readonly embeddings: Embeddings }) {
    this.#database = database
    this.#embeddings = embeddings
  }

  get batchSize(): number {
    return this.#embeddings.batchSize
  }

  /** For builds: makes the table at the first need, which no migration can, because not every database has the extension. */
  async isOn(): Promise<boolean> {
    if (!this.#isThere) {
      await makeVectorTable(this.#database)
      this.#isThere = await hasVectors(this.#database)
    }
    return this.#isThere
  }

  /** Embeds a batch of products, but for those whose texts are the same as in the index in use; answers what writes them. Throws `UnavailableError`. */
  async prepare(batch: InsertDocumentsParams, signal: AbortSignal): Promise<(transaction: Transaction) => Promise<void>> {
    const { label } = this.#embeddings
    const missing = await findMissingVectors(this.#database, batch, label)
    const points =
      missing.length === 0
        ? []
        : await this.#embeddings.embed(
            missing.map(({ text }) => text),
            signal,
          )
    return async (transaction) => {
      await copyVectors(transaction, batch, label)
      const vectors = missing.map(({ productId, documentHash }, index) => ({ productId, documentHash, point: points[index] ?? [] }))
      await insertVectors(transaction, { generation: batch.generation, label, vectors })
    }
  }

  /** Products whose meaning is nearest to the question's, nearest first; none where that can't be known. */
  async find({ storeId, text, limit }: FindParams): Promise<readonly SearchHitRecord[]> {
    this.#isThere ||= await hasVectors(this.#database)
    if (!this.#isThere || text.trim() === '') return []
    const point = await this.#embeddings.embedQuestion(text)
    if (point === undefined) return []
    const nearest = await findNearest(this.#database, { storeId, label: this.#embeddings.label, point, limit })
    return nearest.map(({ title, description, ...hit }) => ({ ...hit, highlight: highlight(title, description, NOTHING) }))
  }
}
