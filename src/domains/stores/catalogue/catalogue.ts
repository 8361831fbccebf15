import type { StepRun } from '../../../engine/run.ts'
import type { AnyRun } from '../search/search-index.ts'
import type { ShopApi } from '../shop/shop-api.ts'

/** Types, not interfaces: steps return them, which wants JSON. */
export type CatalogueChanges = {
  /** Rows of products, orders and customers. */
  readonly added: number
  readonly changed: number
  readonly removed: number
  /**
   * Rows that search shows otherwise now: of products texts, brand, tags, categories, options, publication and price; of orders number, contact and
   * what was bought; of customers name, email and phone; and what is new or gone. Stock and states are not in the index. 0: it need not be built anew.
   */
  readonly important: number
}

export type Fetched = {
  /** Rows that differ from what we have. */
  readonly different: number
  /** Rows that the shop sent. */
  readonly received: number
}

/**
 * Keeps a store's catalogue as its shop has it. Every method is the work of one step: it commits page by page with its durable position, so
 * that a resumed step asks only for the page that was under way, and writes no row twice. Transactions that change what search shows raise
 * the store's `catalogue_revision`; those that add and remove rows change its counts; the last one of a sync sets `last_synced_at`.
 */
export interface Catalogue {
  /**
   * Everything in one step: of a kind that was never read to its end every page, of others what changed since, and what is gone. `countsTwice`: a later step of the
   * operation goes through all rows again, which the total of the progress counts from the beginning, so that the bar never goes back.
   */
  syncAll(run: AnyRun, step: StepRun, from: { readonly storeId: string; readonly shop: ShopApi; readonly countsTwice?: boolean }): Promise<CatalogueChanges>
  /** Asks for what changed since the last sync and keeps what differs from what we have, for the steps that follow. */
  fetchUpdates(run: AnyRun, step: StepRun, from: { readonly storeId: string; readonly shop: ShopApi }): Promise<Fetched>
  /** Finds what is gone from the shop and what we missed: compares counts, and ids where those differ. */
  processChanges(run: AnyRun, step: StepRun, from: { readonly storeId: string; readonly shop: ShopApi }): Promise<Fetched>
  /** Writes what was fetched: as many rows as differ. */
  updateDatabase(run: AnyRun, step: StepRun, storeId: string): Promise<CatalogueChanges>
  /** Removes what interrupted syncs left, and rows that were removed from the shop more than 30 days ago. Answers how many. */
  cleanOldData(run: AnyRun, step: StepRun, storeId: string): Promise<{ readonly removed: number }>
}
