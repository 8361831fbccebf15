import { firstUuidAt } from '../../base/ids.ts'
import type { Executor, Statement } from '../../database/database.ts'

/**
 * Removes finished operations of some types whose retention has passed, in a small batch, with their events. Walks the primary key from its old end
 * (ids are ordered by time). Steps, progress and items go by foreign key.
 */
const statement: Statement = {
  name: 'prune_operations',
  text: `with old as (
  select o.id from operation o join unnest($1::text[], $2::float8[]) r(type, retention_ms) on r.type = o.type
  where o.id < $3::uuid and o.finished_at is not null and o.finished_at < now() - r.retention_ms * interval '1 millisecond'
  order by o.id limit $4 for update of o skip locked
),
e as (delete from event x using old where x.stream = old.id),
b as (delete from outbox x using old where x.stream = old.id)
delete from operation o using old where o.id = old.id returning o.id`,
}

export interface PruneParams {
  readonly retentions: readonly { readonly type: string; readonly retentionMs: number }[]
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly limit: number
}

/** Answers how many were removed; call again while it is `limit`. */
export async function pruneOperations(executor: Executor, params: PruneParams): Promise<number> {
  const shortest = Math.min(...params.retentions.map((retention) => retention.retentionMs))
  const rows = await executor.run(statement, [
    params.retentions.map((retention) => retention.type),
    params.retentions.map((retention) => retention.retentionMs),
    firstUuidAt(params.now - shortest),
    params.limit,
  ])
  return rows.length
}
