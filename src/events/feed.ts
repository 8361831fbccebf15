import type { EventRecord } from './records.ts'

/** Why everything after a cursor can't be given. */
export type GapReason = 'retention' | 'unknown_cursor' | 'beyond_head'

/**
 * What a lossless feed hands out. A feed opened without `after` starts with a snapshot; one with `after` starts with what
 * followed it; both then say `caughtUp` and go on live. A gap is followed by a snapshot.
 */
export type FeedFrame<Subject> =
  | { readonly kind: 'snapshot'; readonly cursor: string; readonly subject: Subject }
  | { readonly kind: 'event'; readonly cursor: string; readonly event: EventRecord; readonly subject: Subject }
  | { readonly kind: 'caughtUp'; readonly cursor: string; readonly replayed: number }
  | { readonly kind: 'gap'; readonly cursor: string; readonly reason: GapReason }
