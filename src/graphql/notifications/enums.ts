import type { NotificationKind, Urgency } from '../../notifications/records.ts'
import type { InboxEventType, Outcome } from '../../notifications/stored-notification.ts'
import type { Builder } from '../builder.ts'

type Sentences<Value extends string> = Readonly<Record<Value, string>>

function addEnum<Value extends string>(builder: Builder, name: string, description: string, sentences: Sentences<Value>) {
  const values = Object.entries<string>(sentences).map(([value, sentence]) => [value.toUpperCase(), { value: value as Value, description: sentence }] as const)
  return builder.enumType(name, { description, values: Object.fromEntries(values) })
}

export type NotificationEnums = ReturnType<typeof addNotificationEnums>

/** The words that notifications are described with. */
export const addNotificationEnums = (builder: Builder) => ({
  kind: addEnum<NotificationKind>(builder, 'NotificationKind', 'How a notification is to be taken.', {
    info: 'Good to know: something started, moves on, or changed its state.',
    success: 'Something ended well, or works again.',
    warning: 'Something is limited, paused, or not complete.',
    error: 'Something failed, or was lost.',
  }),
  urgency: addEnum<Urgency>(builder, 'NotificationUrgency', 'How soon somebody should know.', {
    low: 'Whenever they look.',
    normal: 'Soon.',
    high: 'At once.',
    critical: 'At once, whatever the hour.',
  }),
  outcome: addEnum<Outcome>(builder, 'NotificationOutcome', 'How an operation ended that a group of notifications stands for.', {
    completed: 'Completely.',
    partial: 'Completed, but some of its items failed.',
    failed: 'With a failure.',
    canceled: 'Because somebody asked for it.',
  }),
  eventType: addEnum<InboxEventType>(builder, 'NotificationEventType', 'What happened to a notification.', {
    ADDED: 'It is new.',
    EDITED: 'It says something else; with a higher version it is unseen again, and back if it was dismissed.',
    SEEN: 'It was seen.',
    DISMISSED: 'It was dismissed.',
    REMOVED: 'It is gone: a group stands for it now, or its retention has passed.',
  }),
})
