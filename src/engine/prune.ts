import type { Clock } from '../base/clock.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import type { Database } from '../database/database.ts'
import type { Registry } from './registry.ts'
import { pruneOperations } from './store/prune-operations.ts'

const BATCH = 500

export interface PruneFinishedParams {
  readonly database: Database
  readonly registry: Registry
  readonly clock: Clock
}

/** Removes a batch of finished operations whose retention, that of their type, has passed. */
export async function pruneFinished({ database, registry, clock }: PruneFinishedParams): Promise<PrunedBatch> {
  const retentions = registry.all.map((definition) => ({ type: definition.type, retentionMs: definition.retentionMs }))
  if (retentions.length === 0) return { removed: 0, more: false }
  const removed = await pruneOperations(database, { retentions, now: clock.now(), limit: BATCH })
  return { removed, more: removed >= BATCH }
}
