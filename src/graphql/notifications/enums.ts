import type { NotificationCategory, NotificationKind, Urgency } from '../../notifications/records.ts'
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
  category: addEnum<NotificationCategory>(
    builder,
    'NotificationCategory',
    'What a notification is about. An edit may change it: progress becomes a result or a failure.',
    {
      progress: 'An operation that is not done.',
      result: 'An operation that completed or was canceled, or several of one type.',
      failure: 'An operation that failed, or several of one type of which one did.',
      status: "A feature that the user's own operations limit.",
      connection: 'A connection to something outside.',
      announcement: 'Something that affects more people: a gate, a maintenance, an operation.',
    },
  ),
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
