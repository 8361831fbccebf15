import { uuidOf } from '../../base/ids.ts'
import { fromCursor, toCursor } from '../../events/cursor.ts'
import { inboxStream } from '../../notifications/inbox-writer.ts'
import type { NotificationCategory, NotificationKind } from '../../notifications/records.ts'
import type { StoredNotification } from '../../notifications/stored-notification.ts'
import { viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, InputCheck, LIMITS } from '../limits.ts'
import { answer, notFound, type Refusal, Refused } from '../refusals.ts'
import type { NotificationEnums } from './enums.ts'
import { NOTIFICATION_PREFIX, type NotificationRef } from './notification.ts'

/** The inbox after a change, for badges. */
interface InboxPayload {
  readonly unseenCount: number
  readonly cursor: string
}

interface NotificationPayload extends InboxPayload {
  readonly __typename: 'NotificationPayload'
  readonly notification: StoredNotification
}

interface SeenPayload extends InboxPayload {
  readonly __typename: 'MarkNotificationsSeenPayload'
  readonly seenCount: number
}

interface DismissedAllPayload extends InboxPayload {
  readonly __typename: 'DismissAllNotificationsPayload'
  readonly dismissedCount: number
}

const UNSEEN = 'Notifications that are neither seen nor dismissed now; counted up to 1,000.'
const CURSOR = 'Head of the inbox: subscribe to notifications(after:) from here and miss nothing.'

/** What viewers do with their own notifications. All their tabs learn of it by the stream. */
export function addNotificationMutations(builder: Builder, notification: NotificationRef, enums: NotificationEnums): void {
  addDismiss(builder, notification)
  addDismissAll(builder, enums)
  addMarkSeen(builder)
}

async function payloadOf(context: Context): Promise<InboxPayload> {
  const { id: userId } = viewerOf(context)
  const { head, unseenCount } = await context.services.notifications.inbox.head(userId)
  return { unseenCount, cursor: toCursor({ stream: inboxStream(userId), seq: head }) }
}

function addDismiss(builder: Builder, notification: NotificationRef): void {
  const payload = builder.objectRef<NotificationPayload>('NotificationPayload').implement({
    description: 'The notification as it is after the mutation.',
    fields: (t) => ({
      notification: t.field({ type: notification, description: 'The notification.', resolve: (from) => from.notification }),
      unseenCount: t.exposeInt('unseenCount', { description: UNSEEN }),
      cursor: t.field({ type: 'Cursor', description: CURSOR, resolve: (from) => from.cursor }),
    }),
  })
  const result = builder.unionType('DismissNotificationResult', {
    description: 'What dismissing answers with: the notification, or why it was not dismissed.',
    types: [payload, 'NotFoundError', 'InvalidInputError', 'ForbiddenError'],
    resolveType: (from: NotificationPayload | Refusal) => from.__typename,
  })
  const input = builder.inputType('DismissNotificationInput', {
    description: 'Which notification.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the notification.' }),
      version: t.int({ description: 'The version that was shown: a newer one, which nobody has seen yet, is not dismissed.' }),
    }),
  })
  builder.mutationField('dismissNotification', (t) =>
    t.field({
      type: result,
      description: "Dismisses one of the viewer's own notifications, in all tabs, until it is edited. Dismissing what is dismissed changes nothing.",
      args: { input: t.arg({ type: input, required: true, description: 'Which notification.' }) },
      // A mark of the viewer's own, which takes part in nothing.
      gate: 'none',
      resolve: (_root, args, context) => answer(() => dismiss(context, args.input)),
    }),
  )
}

async function dismiss(context: Context, { id, version }: { readonly id: string; readonly version?: number | null | undefined }): Promise<NotificationPayload> {
  const { id: userId } = viewerOf(context)
  checkInput((check) => check.whole('input.version', version, { from: 1, to: LIMITS.count }))
  const uuid = uuidOf(NOTIFICATION_PREFIX, id)
  const dismissed = uuid === undefined ? undefined : await context.services.notifications.inbox.dismiss(userId, uuid, version ?? undefined)
  if (!dismissed) throw new Refused(notFound('notification'))
  return { __typename: 'NotificationPayload', notification: dismissed, ...(await payloadOf(context)) }
}

interface DismissAllInput {
  readonly kinds?: readonly NotificationKind[] | null | undefined
  readonly categories?: readonly NotificationCategory[] | null | undefined
  readonly before?: Date | null | undefined
}

function addDismissAll(builder: Builder, { kind }: NotificationEnums): void {
  const payload = builder.objectRef<DismissedAllPayload>('DismissAllNotificationsPayload').implement({
    description: 'What was dismissed.',
    fields: (t) => ({
      dismissedCount: t.exposeInt('dismissedCount', { description: 'Notifications that this mutation dismissed.' }),
      unseenCount: t.exposeInt('unseenCount', { description: UNSEEN }),
      cursor: t.field({ type: 'Cursor', description: CURSOR, resolve: (from) => from.cursor }),
    }),
  })
  const filter = builder.inputType('DismissNotificationsFilter', {
    description: 'Which notifications; all that is given must match.',
    fields: (t) => ({
      kinds: t.field({ type: [kind], description: 'Any of these kinds, at most 100.' }),
      categories: t.field({ type: ['NotificationCategory'], description: 'Any of these categories, at most 100.' }),
      before: t.field({ type: 'DateTime', description: 'Last edited before this instant.' }),
    }),
  })
  const input = builder.inputType('DismissAllNotificationsInput', {
    description: 'Which notifications.',
    fields: (t) => ({ filter: t.field({ type: filter, description: 'Which ones; absent: all.' }) }),
  })
  builder.mutationField('dismissAllNotifications', (t) =>
    t.field({
      type: payload,
      description: "Dismisses the viewer's own notifications that are there now and match, in all tabs.",
      args: { input: t.arg({ type: input, required: true, description: 'Which notifications.' }) },
      // A mark of the viewer's own, which takes part in nothing.
      gate: 'none',
      resolve: (_root, args, context) => dismissAll(context, args.input.filter ?? {}),
    }),
  )
}

async function dismissAll(context: Context, { kinds, categories, before }: DismissAllInput): Promise<DismissedAllPayload> {
  const { id: userId } = viewerOf(context)
  const check = new InputCheck()
  check.list('input.filter.kinds', kinds, LIMITS.pageSize)
  check.list('input.filter.categories', categories, LIMITS.pageSize)
  check.done()
  const filter = { ...(kinds ? { kinds } : {}), ...(categories ? { categories } : {}) }
  const dismissedCount = await context.services.notifications.inbox.dismissAll(userId, { filter, before: before ?? undefined })
  return { __typename: 'DismissAllNotificationsPayload', dismissedCount, ...(await payloadOf(context)) }
}

function addMarkSeen(builder: Builder): void {
  const payload = builder.objectRef<SeenPayload>('MarkNotificationsSeenPayload').implement({
    description: 'What was marked.',
    fields: (t) => ({
      seenCount: t.exposeInt('seenCount', { description: 'Notifications that this mutation marked; those that were seen before are not counted.' }),
      unseenCount: t.exposeInt('unseenCount', { description: UNSEEN }),
      cursor: t.field({ type: 'Cursor', description: CURSOR, resolve: (from) => from.cursor }),
    }),
  })
  const result = builder.unionType('MarkNotificationsSeenResult', {
    description: 'What marking answers with: how many were marked, or why none was.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
    resolveType: (from: SeenPayload | Refusal) => from.__typename,
  })
  const input = builder.inputType('MarkNotificationsSeenInput', {
    description: 'What was seen: either ids or until.',
    fields: (t) => ({
      ids: t.idList({ description: 'These, at most 100; those that are not the viewer’s own are left alone.' }),
      until: t.field({
        type: 'Cursor',
        description: 'All up to this place in the inbox: the cursor of a list, an edge or a frame. So nothing is marked that was not shown.',
      }),
    }),
  })
  builder.mutationField('markNotificationsSeen', (t) =>
    t.field({
      type: result,
      description: "Marks the viewer's own notifications as seen, in all tabs, until they are edited. For when the list is opened.",
      args: { input: t.arg({ type: input, required: true, description: 'What was seen.' }) },
      // A mark of the viewer's own, which takes part in nothing.
      gate: 'none',
      resolve: (_root, args, context) => answer(() => markSeen(context, args.input)),
    }),
  )
}

interface SeenInput {
  readonly ids?: readonly string[] | null | undefined
  readonly until?: string | null | undefined
}

async function markSeen(context: Context, { ids, until }: SeenInput): Promise<SeenPayload> {
  const { id: userId } = viewerOf(context)
  const check = new InputCheck()
  const position = until ? fromCursor(until) : undefined
  if (Boolean(ids) === Boolean(until)) check.add('input', `expected either ids or until, got ${ids ? 'both' : 'neither'}`)
  check.list('input.ids', ids, LIMITS.ids)
  if (until && position?.stream !== inboxStream(userId)) check.add('input.until', 'expected a cursor of your own notifications')
  check.done()
  const what = position ? { until: position.seq } : { ids: (ids ?? []).flatMap((id) => uuidOf(NOTIFICATION_PREFIX, id) ?? []) }
  const seenCount = await context.services.notifications.inbox.markSeen(userId, what)
  return { __typename: 'MarkNotificationsSeenPayload', seenCount, ...(await payloadOf(context)) }
}
