import { uuidOf } from '../../base/ids.ts'
import { fromCursor, toCursor } from '../../events/cursor.ts'
import { inboxStream } from '../../notifications/inbox-writer.ts'
import type { NotificationCategory, NotificationKind } from '../../notifications/records.ts'
import type { NotificationFilter } from '../../notifications/store/list-notifications.ts'
import type { StoredNotification } from '../../notifications/stored-notification.ts'
import { viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { type Connection, connectionOf, DEFAULT_PAGE_SIZE, type Edge, type PageArgs, pageRequest } from '../pages.ts'
import type { NotificationEnums } from './enums.ts'
import type { NotificationRef } from './notification.ts'

interface NotificationPage extends Connection<StoredNotification> {
  readonly unseenCount: number
  /** Of the inbox when the page was read. */
  readonly cursor: string
}

/** The list of a viewer's notifications. */
export function addNotificationQueries(builder: Builder, notification: NotificationRef, enums: NotificationEnums): void {
  const connection = addPage(builder, notification)
  const filter = addFilter(builder, enums)
  builder.queryField('notifications', (t) =>
    t.field({
      type: connection,
      description: "The viewer's own notifications, last edited first. Nobody sees those of others, administrators included.",
      args: {
        filter: t.arg({ type: filter, description: 'Which ones; by default those that were not dismissed.' }),
        first: t.arg.int({ description: `Length of the page, at most 100; ${DEFAULT_PAGE_SIZE} by default.` }),
        after: t.arg({ type: 'Cursor', description: 'Cursor after which the page starts: of an edge of this list.' }),
      },
      resolve: (_root, args, context) => list(context, args),
    }),
  )
}

function addPage(builder: Builder, notification: NotificationRef) {
  const edge = builder.objectRef<Edge<StoredNotification>>('NotificationEdge').implement({
    description: 'One entry of a list of notifications.',
    fields: (t) => ({
      cursor: t.field({ type: 'Cursor', description: 'Its place in the inbox: that of its last edit.', resolve: (from) => from.cursor }),
      node: t.field({ type: notification, description: 'The entry itself.', resolve: (from) => from.node }),
    }),
  })
  return builder.objectRef<NotificationPage>('NotificationConnection').implement({
    description: 'A page of notifications, with what a badge needs.',
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'The entries of this page, at most 100.', resolve: (from) => from.edges }),
      pageInfo: t.field({ type: 'PageInfo', description: 'Where this page stands.', resolve: (from) => from.pageInfo }),
      unseenCount: t.exposeInt('unseenCount', {
        description: 'Notifications of the viewer that were neither seen nor dismissed, whatever the filter; counted up to 1,000.',
      }),
      cursor: t.field({
        type: 'Cursor',
        description: 'Subscribe to notifications(after:) from here and miss nothing; what the page shows already may come again.',
        resolve: (from) => from.cursor,
      }),
    }),
  })
}

const addFilter = (builder: Builder, { kind }: NotificationEnums) =>
  builder.inputType('NotificationFilter', {
    description: 'Which notifications a list shows; all that is given must match.',
    fields: (t) => ({
      kinds: t.field({ type: [kind], description: 'Any of these kinds, at most 100.' }),
      categories: t.field({ type: ['NotificationCategory'], description: 'Any of these categories, at most 100.' }),
      types: t.field({ type: ['OperationType'], description: 'About operations of any of these types, at most 100.' }),
      operationId: t.id({ description: 'About this operation, or a group that stands for it.' }),
      seen: t.boolean({ description: 'True: those that were seen only; false: the others only.' }),
      dismissed: t.boolean({ defaultValue: false, description: 'True: those that were dismissed only; false: the others only; null: both.' }),
    }),
  })

type Maybe<Value> = Value | null | undefined

interface FilterInput {
  readonly kinds?: Maybe<readonly NotificationKind[]>
  readonly categories?: Maybe<readonly NotificationCategory[]>
  readonly types?: Maybe<readonly string[]>
  readonly operationId?: Maybe<string>
  readonly seen?: Maybe<boolean>
  readonly dismissed?: Maybe<boolean>
}

interface ListArgs extends PageArgs {
  readonly filter?: Maybe<FilterInput>
}

async function list(context: Context, args: ListArgs): Promise<NotificationPage> {
  const { id: userId, tenantId } = viewerOf(context)
  const { limit, after } = pageRequest(args)
  const stream = inboxStream(userId)
  const position = after === undefined ? undefined : fromCursor(after)
  const check = new InputCheck()
  if (after !== undefined && position?.stream !== stream) check.add('after', 'expected a cursor of this list')
  const filter = storedFilter(check, args.filter ?? { dismissed: false })
  check.done()
  const { inbox, announcements } = context.services.notifications
  await announcements.reach({ userId, tenantId })
  // The head first: what is added meanwhile comes again with the stream, and is not missed.
  const { head, unseenCount } = await inbox.head(userId)
  const found = await inbox.list({ userId, filter, limit: limit + 1, ...(position ? { before: position.seq } : {}) })
  const edges = found.slice(0, limit).map((node) => ({ cursor: toCursor({ stream, seq: node.seq }), node }))
  const page = connectionOf(edges, { next: found.length > limit, previous: after !== undefined })
  return { ...page, unseenCount, cursor: toCursor({ stream, seq: head }) }
}

function storedFilter(check: InputCheck, { kinds, categories, types, operationId, seen, dismissed }: FilterInput): NotificationFilter {
  check.list('filter.kinds', kinds, LIMITS.pageSize)
  check.list('filter.categories', categories, LIMITS.pageSize)
  check.list('filter.types', types, LIMITS.pageSize)
  const uuid = typeof operationId === 'string' ? uuidOf('operation', operationId) : undefined
  if (typeof operationId === 'string' && uuid === undefined)
    check.add('filter.operationId', `expected the id of an operation, got ${JSON.stringify(operationId.slice(0, 100))}`)
  return {
    ...(kinds ? { kinds } : {}),
    ...(categories ? { categories } : {}),
    ...(types ? { types } : {}),
    ...(uuid === undefined ? {} : { operationId: uuid }),
    ...(typeof seen === 'boolean' ? { seen } : {}),
    ...(typeof dismissed === 'boolean' ? { dismissed } : {}),
  }
}
