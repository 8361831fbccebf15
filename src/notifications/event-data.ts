import type { JsonObject } from '../base/json.ts'
import type { EventRecord } from '../events/records.ts'
import type { StoredNotification } from './stored-notification.ts'

/** What an event of an inbox says. */
export interface InboxNews {
  /** The notification as the event left it. */
  readonly notification: StoredNotification
  /** Notifications that were neither seen nor dismissed then; counted up to `MOST_UNSEEN`. */
  readonly unseenCount: number
}

/** The whole notification, so that showing the event reads nothing. */
export const toEventData = ({ notification, unseenCount }: InboxNews): JsonObject => ({
  unseenCount,
  notification: JSON.parse(JSON.stringify(notification)) as JsonObject,
})

const instant = (text: unknown): Date | null => (typeof text === 'string' ? new Date(text) : null)

export function fromEventData({ data }: Pick<EventRecord, 'data'>): InboxNews {
  const stored = data['notification'] as unknown as StoredNotification
  return {
    unseenCount: data['unseenCount'] as number,
    notification: {
      ...stored,
      createdAt: instant(stored.createdAt) as Date,
      updatedAt: instant(stored.updatedAt) as Date,
      seenAt: instant(stored.seenAt),
      dismissedAt: instant(stored.dismissedAt),
      resolvedAt: instant(stored.resolvedAt),
      outcomeAt: instant(stored.outcomeAt),
    },
  }
}
