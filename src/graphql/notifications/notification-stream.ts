import { fromEventData } from '../../notifications/event-data.ts'
import type { InboxFrame } from '../../notifications/inbox.ts'
import type { InboxEventType } from '../../notifications/stored-notification.ts'
import { viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { NotificationEnums } from './enums.ts'
import type { NotificationRef } from './notification.ts'

type EventFrame = Extract<InboxFrame, { kind: 'event' }>

/** The live inbox. Frames show what their events carry, so that no subscriber costs a read. */
export function addNotificationStream(builder: Builder, notification: NotificationRef, { eventType }: NotificationEnums): void {
  builder.objectRef<EventFrame>('NotificationFrame').implement({
    description: "Something that happened in the viewer's inbox.",
    interfaces: ['StreamFrame'],
    fields: (t) => ({
      seq: t.int({ description: '1, 2, 3 … without a hole, per inbox: a client can prove that it lost nothing.', resolve: (frame) => frame.event.seq }),
      type: t.field({ type: eventType, description: 'What happened.', resolve: (frame) => frame.event.type as InboxEventType }),
      notification: t.field({
        type: notification,
        description: 'The notification as this event left it.',
        resolve: (frame) => fromEventData(frame.event).notification,
      }),
      unseenCount: t.int({
        description: 'Notifications that were neither seen nor dismissed then, for the badge; counted up to 1,000.',
        resolve: (frame) => fromEventData(frame.event).unseenCount,
      }),
    }),
  })
  builder.subscriptionField('notifications', (t) =>
    t.field({
      type: 'StreamFrame',
      description:
        "LOSSLESS, in order, resumable with `after` on any instance: the viewer's own inbox, in step in all tabs; gives NotificationFrames. After a StreamGap ask for the list again: what follows is only what is still kept.",
      args: {
        after: t.arg({
          type: 'Cursor',
          description:
            'The last cursor that was received, or that of the list: what follows it is replayed, then live. Absent: live from now on, after a StreamCaughtUp.',
        }),
      },
      subscribe: (_root, { after }, context) => {
        const { id: userId, tenantId } = viewerOf(context)
        return context.services.notifications.follow({ userId, tenantId }, after ?? undefined)
      },
      resolve: (frame) => frame,
    }),
  )
}
