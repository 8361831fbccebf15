import type { Builder } from '../builder.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addNotificationEnums, type NotificationEnums } from './enums.ts'
import { addNotification, findNotification, NOTIFICATION_PREFIX } from './notification.ts'
import { addNotificationMutations } from './notification-mutations.ts'
import { addNotificationQueries } from './notification-queries.ts'
import { addNotificationStream } from './notification-stream.ts'

export interface NotificationParts {
  readonly finders: Readonly<Record<string, NodeFinder>>
  readonly enums: NotificationEnums
}

/** Notifications in the schema. */
export function addNotifications(builder: Builder): NotificationParts {
  const enums = addNotificationEnums(builder)
  const notification = addNotification(builder, enums)
  addNotificationQueries(builder, notification, enums)
  addNotificationStream(builder, notification, enums)
  addNotificationMutations(builder, notification, enums)
  return { finders: { [NOTIFICATION_PREFIX]: findNotification }, enums }
}
