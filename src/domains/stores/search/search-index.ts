import type { Run, StepRun } from '../../../engine/run.ts'

/** Parts of an index, in the order in which they are built. */
export type IndexPart = 'products' | 'orders' | 'customers'

/** A type, not an interface: steps return it, which wants JSON. */
export type IndexedCounts = {
  /** Documents that were written. */
  readonly documents: number
}

/**
 * The intelligent search of a store. An index is built beside the one in use, part by part, in batches whose position is durable, and swapped in
 * at the end in one transaction: search works during a rebuild, and shows either the old or the new one.
 */
export interface SearchIndex {
  /** Builds parts inside one step, in their order; its positions say which part and how far. Counts documents by `run.advance`. */
  build(run: AnyRun, step: StepRun, wanted: { readonly storeId: string; readonly parts: readonly IndexPart[] }): Promise<IndexedCounts>
  /** Makes the new index the one in use, and remembers the catalogue's revision that it began with; then removes the old one. Safe to repeat. */
  swap(run: AnyRun, storeId: string): Promise<void>
  /** After a cancel or the final failure: what was built is removed. */
  discard(run: AnyRun, storeId: string): Promise<void>
  /** Best first; never of another store, never a removed or unpublished product. */
  find(query: FindParams): Promise<readonly SearchHitRecord[]>
  /** Orders of the store that the text asks about (by number, name, email or product), newest first; for their owner only. */
  findOrders(query: FindParams): Promise<readonly string[]>
}

/** Of whatever operation type. */
export type AnyRun = Run<unknown, string>

export interface FindParams {
  readonly storeId: string
  readonly text: string
  readonly limit: number
}

export interface SearchHitRecord {
  readonly productId: string
  /** 0 to 1: how well it fits, comparable within one answer. */
  readonly score: number
  /** Text of the product with what was found between « and ». */
  readonly highlight: string
  /** ISO 639-1, of the highlight. */
  readonly language: string
}
