import type { NotificationRecord } from './records.ts'

/** How an operation ended, as far as notifications are concerned. `partial`: completed, but some of its items failed. */
export const OUTCOMES = ['completed', 'partial', 'failed', 'canceled'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** A notification with what only the inbox needs. */
export interface StoredNotification extends NotificationRecord {
  /** Number of the event of the inbox that added or last edited it. */
  readonly seq: number
  /** How new what it tells of was: the version of its operation; 0 where there is none. */
  readonly sourceVersion: number
  /** When its operation had its outcome, or the last one joined the group; `null` otherwise. */
  readonly outcomeAt: Date | null
}

/** What a notification says, and of what. */
type Said = Omit<NotificationRecord, 'id' | 'version' | 'createdAt' | 'updatedAt' | 'seenAt' | 'dismissedAt' | 'resolvedAt'>

/** A notification as it is to be, before it has a version, times and a place in its inbox. */
export interface NotificationDraft extends Said {
  /** The row that it edits; `undefined`: it is new. */
  readonly existing: StoredNotification | undefined
  /** Of a new one, where something else has to refer to it. */
  readonly id?: string
  readonly sourceVersion: number
  /** `now`: the outcome is news; `kept`: it had it before; `none`: there is none. */
  readonly outcome: 'now' | 'kept' | 'none'
  /** Its condition has cleared. */
  readonly resolved: boolean
  /** People should notice the edit: a new version, unseen, and back if it was dismissed. */
  readonly isLoud: boolean
}

/** Kinds of events of an inbox. */
export const INBOX_EVENT_TYPES = ['ADDED', 'EDITED', 'SEEN', 'DISMISSED', 'REMOVED'] as const
export type InboxEventType = (typeof INBOX_EVENT_TYPES)[number]

/** Name of the stream of a user's inbox. */
export const inboxName = (userId: string): string => `inbox:${userId}`

/** First parts of keys that the notifications of this server use themselves. */
export const KEYS = {
  operation: (operationId: string) => `operation:${operationId}`,
  group: (type: string, id: string) => `group:${type}:${id}`,
  feature: (feature: string) => `feature:${feature}`,
  announcement: (sourceId: string) => `announcement:${sourceId}`,
} as const

export const isGroup = ({ key }: Pick<NotificationRecord, 'key'>): boolean => key.startsWith('group:')
