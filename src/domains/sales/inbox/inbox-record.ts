import type { SalesHead, SeenMark } from '../store/read-inbox.ts'

/** The badge of one administrator. */
export interface SalesInboxRecord {
  /** Sales that were created or approved since it was last marked. */
  readonly unseenCount: number
  /** null: never. */
  readonly lastSeenAt: Date | null
  /** Number of the last event of the stream that the count includes. */
  readonly seq: number
}

/** A mark may be newer than the head that is known: then nothing is unseen. */
export const inboxOf = (head: SalesHead, mark: SeenMark): SalesInboxRecord => ({
  unseenCount: Math.max(0, head.lit - mark.seen),
  lastSeenAt: mark.seenAt,
  seq: head.seq,
})

/** Whether a page that shows one would look the same with the other. */
export const isSameInbox = (one: SalesInboxRecord, other: SalesInboxRecord): boolean =>
  one.unseenCount === other.unseenCount && one.lastSeenAt?.getTime() === other.lastSeenAt?.getTime()

/** Marks never go back, whatever the order in which they arrive. */
export function newerMark(one: SeenMark | undefined, other: SeenMark): SeenMark {
  if (!one) return other
  const seenAt = (one.seenAt?.getTime() ?? 0) > (other.seenAt?.getTime() ?? 0) ? one.seenAt : other.seenAt
  return { seen: Math.max(one.seen, other.seen), seenAt }
}
