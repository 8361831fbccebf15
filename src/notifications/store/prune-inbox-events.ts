import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'

/**
 * Removes the old end of a slice of all inboxes: events whose retention has passed, and those beyond the newest ones that an inbox keeps. What stays has no hole,
 * and the heads stay, so numbers go on. Plan: a walk of stream_head's primary key, then for each stream one of the old end of event's
 * (tests/notifications/plans.test.ts).
 */
export const PRUNE_INBOX_EVENTS = statement(
  'notifications.prune_events',
  `with slice as materialized (
     select stream, head, name from stream_head where stream > $1::uuid order by stream limit $2
   ), batch as materialized (
     select s.stream, e.seq, bool_and(e.at < now() - $3::float8 * interval '1 millisecond' or e.seq <= s.head - $4::int) over (partition by s.stream order by e.seq) as old
       from slice s cross join lateral (select seq, at from event where stream = s.stream order by seq limit $5) e
      where s.name like 'inbox:%'
   ), upto as (
     select stream, max(seq) as seq from batch where old group by stream
   ), gone as (
     delete from event e using upto u where e.stream = u.stream and e.seq <= u.seq returning e.seq
   )
   select (select stream from slice order by stream desc limit 1) as last, (select count(*)::int from gone) as removed`,
)

export interface PruneInboxEventsParams {
  /** The slice begins after this stream. */
  readonly after: string
  /** Streams of the slice. */
  readonly streams: number
  readonly retentionMs: number
  /** Events that an inbox keeps at most. */
  readonly mostKept: number
  /** Events that are looked at in each stream. */
  readonly perStream: number
}

/** `last`: where the next slice begins; `null`: there are no more streams. */
export async function pruneInboxEvents(
  database: Database,
  params: PruneInboxEventsParams,
): Promise<{ readonly last: string | null; readonly removed: number }> {
  const { after, streams, retentionMs, mostKept, perStream } = params
  const [row] = await database.runOrdered<{ last: string | null; removed: number }>(PRUNE_INBOX_EVENTS, [after, streams, retentionMs, mostKept, perStream])
  return row ?? { last: null, removed: 0 }
}
