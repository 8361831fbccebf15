import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { SalesHead, SeenMark } from './read-inbox.ts'

// $3: up to this event; null: up to now. The count is what the last kept event up to there carries; where none is kept any more nothing
// is known of what was shown, so nothing is marked. Marks never go back.
const MARK_SEEN = statement(
  'sales_mark_seen',
  `with now_at as (
     select coalesce((select head from stream_head where stream = $2::uuid), 0) as seq, c.lit from sales_count c
   ), shown as (
     select case when $3::integer is null or $3 >= n.seq then n.lit
       else coalesce((select (e.data ->> 'lit')::integer from event e where e.stream = $2 and e.seq <= $3 order by e.seq desc limit 1), 0) end as lit
     from now_at n
   ), marked as (
     insert into sales_inbox as i (user_id, seen, seen_at) select $1, shown.lit, now() from shown
     on conflict (user_id) do update set seen = greatest(i.seen, excluded.seen), seen_at = greatest(i.seen_at, excluded.seen_at)
     returning seen, seen_at
   )
   select marked.seen, marked.seen_at as "seenAt", n.seq, n.lit from marked, now_at n`,
)

export interface MarkSeenParams {
  readonly userId: string
  /** Key of the stream. */
  readonly stream: string
  /** Number of the last event that was shown; absent: all there is. */
  readonly until?: number | undefined
}

export interface Marked {
  readonly mark: SeenMark
  readonly head: SalesHead
}

/** Marks what an administrator has seen. */
export async function markSeen(executor: Executor, params: MarkSeenParams): Promise<Marked> {
  const [row] = await executor.run<SeenMark & SalesHead>(MARK_SEEN, [params.userId, params.stream, params.until ?? null])
  if (!row) throw new Error('the count of sales is gone; the migrations made its row')
  return { mark: { seen: row.seen, seenAt: row.seenAt }, head: { seq: row.seq, lit: row.lit } }
}
