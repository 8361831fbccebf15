import type { JsonObject } from '../base/json.ts'
import type { Outcome, StoredNotification } from './stored-notification.ts'

/** How many operations of each outcome a group stands for. */
export type Counts = Readonly<Record<Outcome, number>>

const NONE: Counts = { completed: 0, partial: 0, failed: 0, canceled: 0 }

/** A group takes no more than that; then another one begins. Removing one costs as much as it has members. */
const MOST_MEMBERS = 10_000

export const countsOf = (group: StoredNotification | undefined): Counts => ({ ...NONE, ...(group?.data['counts'] as Partial<Counts> | undefined) })

export const totalOf = (counts: Counts): number => counts.completed + counts.partial + counts.failed + counts.canceled

export const isFull = (group: StoredNotification): boolean => group.count >= MOST_MEMBERS

/** What a group says. A failure makes all of it an error: it never hides among successes. */
export function groupNews(name: string, counts: Counts) {
  const { failed, canceled, partial } = counts
  const finished = counts.completed + partial
  const parts = [
    ...(finished > 0 || totalOf(counts) === 0 ? [`${finished} finished`] : []),
    ...(partial > 0 ? [`${partial} of them not completely`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(canceled > 0 ? [`${canceled} canceled`] : []),
  ]
  return { ...lookOf(counts), title: `${name}: ${parts.join(', ')}`, body: null, count: totalOf(counts), data: { phase: 'group', counts } as JsonObject }
}

function lookOf({ failed, partial, completed }: Counts) {
  if (failed > 0) return { category: 'failure', kind: 'error', urgency: 'high' } as const
  if (partial > 0) return { category: 'result', kind: 'warning', urgency: 'normal' } as const
  return { category: 'result', kind: completed > 0 ? 'success' : 'info', urgency: 'normal' } as const
}
