import type { Database } from '../database/database.ts'
import { statement } from '../database/statement.ts'

/**
 * Removes the oldest events of some streams whose retention has passed, in a small batch per stream, with their keys. What stays has no
 * hole, even if the clock went back: removal stops at the first event that is too young. Heads stay, so numbers go on.
 * Plan: nested loops over the streams, each with a walk of the old end of event's primary key and of the keys' index; with hash joins allowed
 * the planner likes to read whole tables instead (tests/events/prune-events.test.ts).
 */
export const PRUNE_EVENTS = statement(
  'events.prune',
  `with batch as materialized (
     select s.stream, e.seq, bool_and(e.at < now() - s.retention_ms * interval '1 millisecond') over (partition by s.stream order by e.seq) as old
       from unnest($1::uuid[], $2::float8[]) as s(stream, retention_ms)
      cross join lateral (select seq, at from event where stream = s.stream order by seq limit $3) e
   ), upto as (
     select stream, max(seq) as seq from batch where old group by stream
   ), keys as (
     delete from event_key k using upto u where k.stream = u.stream and k.seq between 1 and u.seq
   )
   delete from event e using upto u where e.stream = u.stream and e.seq <= u.seq returning e.seq`,
)

export interface PruneEventsParams {
  readonly retentions: readonly { readonly stream: string; readonly retentionMs: number }[]
  /** At most so many per stream. */
  readonly limit: number
}

/** Answers how many events were removed; call again soon while that is `limit` or more. */
export async function pruneEvents(database: Database, { retentions, limit }: PruneEventsParams): Promise<number> {
  const values = [retentions.map((each) => each.stream), retentions.map((each) => each.retentionMs), limit]
  return (await database.runOrdered(PRUNE_EVENTS, values)).length
}
