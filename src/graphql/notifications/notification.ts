import { toTypeId, uuidOf } from '../../base/ids.ts'
import type { OperationRecord } from '../../engine/records.ts'
import { isGroup, type Outcome, type StoredNotification } from '../../notifications/stored-notification.ts'
import { orNull, viewerOf, visible } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput } from '../limits.ts'
import { actionsFor } from '../operation-types.ts'
import { connectionOf, DEFAULT_PAGE_SIZE, type PageArgs, pageRequest } from '../pages.ts'
import type { NotificationEnums } from './enums.ts'

export const NOTIFICATION_PREFIX = 'notification'

/** Clients hide what needs no action after so long. */
const AUTO_HIDE_SECONDS = 5

export type NotificationRef = ReturnType<typeof addNotification>

/** One entry of an inbox. */
export function addNotification(builder: Builder, { kind, urgency, outcome }: NotificationEnums) {
  const notification = builder.objectRef<StoredNotification>('Notification').implement({
    description: 'Something that a user is told: one entry per operation, feature or matter, edited in place.',
    interfaces: ['Node'],
    isTypeOf: isNotification,
    fields: (t) => ({
      id: t.id({ description: 'Id of the notification, such as notification_01jd3k….', resolve: ({ id }) => toTypeId(NOTIFICATION_PREFIX, id) }),
      kind: t.field({ type: kind, description: 'How it is to be taken.', resolve: (from) => from.kind }),
      category: t.field({ type: 'NotificationCategory', description: 'What it is about.', resolve: (from) => from.category }),
      urgency: t.field({ type: urgency, description: 'How soon the user should know.', resolve: (from) => from.urgency }),
      title: t.exposeString('title', { description: 'What it says, in one line.' }),
      body: t.exposeString('body', { nullable: true, description: 'More of it; null where there is no more to say.' }),
      data: t.field({
        type: 'JSONObject',
        description: 'The same for programs: phase and percentage of an operation, counts of a group, mode and end of what limits a feature.',
        resolve: (from) => from.data,
      }),
      count: t.exposeInt('count', { description: 'How many operations it stands for; 1 where it is no group.' }),
      version: t.exposeInt('version', { description: 'Grows with every edit that people should notice. Dismissing and seeing are for one version.' }),
      autoHideSeconds: t.int({
        nullable: true,
        description: 'Clients hide it after so many seconds; null: keep it. It stays in the inbox.',
        resolve: (from) => (from.kind === 'info' || from.kind === 'success' ? AUTO_HIDE_SECONDS : null),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the user was first told.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last edited.' }),
      seenAt: t.expose('seenAt', { type: 'DateTime', nullable: true, description: 'When this version was seen; null: not yet.' }),
      dismissedAt: t.expose('dismissedAt', { type: 'DateTime', nullable: true, description: 'When this version was dismissed; null: it was not.' }),
      resolvedAt: t.expose('resolvedAt', { type: 'DateTime', nullable: true, description: 'When its condition cleared; null: not yet, or it has none.' }),
    }),
  })
  builder.objectFields(notification, (t) => ({
    operation: t.field({
      type: 'Operation',
      nullable: true,
      description: 'The operation that it is about; null where there is none, it is gone, or this viewer may not see it.',
      resolve: (from, _args, context) => operationOf(context, from),
    }),
    actions: t.field({
      type: ['AvailableAction'],
      description: 'What this viewer may do now with its operation, one entry per action; empty where there is none.',
      resolve: async (from, _args, context) => {
        const record = await operationOf(context, from)
        return record ? actionsFor(context, record) : []
      },
    }),
    operations: t.field({
      type: 'OperationConnection',
      description: 'The operations that it stands for, newest first: those of a group, or its only one. Those that are gone are left out.',
      args: {
        outcome: t.arg({ type: outcome, description: 'Of a group, only those that ended like this.' }),
        first: t.arg.int({ description: `Length of the page, at most 100; ${DEFAULT_PAGE_SIZE} by default.` }),
        after: t.arg.string({ description: 'Cursor after which the page starts.' }),
      },
      resolve: (from, args, context) => operationsOf(context, from, args),
    }),
  }))
  return notification
}

const isNotification = (value: unknown): value is StoredNotification =>
  typeof value === 'object' && value !== null && 'urgency' in value && 'resolvedAt' in value

async function operationOf(context: Context, { operationId }: StoredNotification): Promise<OperationRecord | null> {
  return operationId === null ? null : orNull(context, await context.services.engine.byId(operationId))
}

interface OperationsArgs extends PageArgs {
  readonly outcome?: Outcome | null | undefined
}

async function operationsOf(context: Context, notification: StoredNotification, args: OperationsArgs) {
  const { limit, after } = pageRequest(args)
  const before = after === undefined ? undefined : uuidOf('operation', after)
  checkInput((check) => {
    if (after !== undefined && before === undefined) check.add('after', 'expected a cursor as the API gave it')
  })
  const ids = isGroup(notification) ? await membersOf(context, notification, { outcome: args.outcome, before, limit: limit + 1 }) : alone(notification, before)
  const records = await context.services.engine.byIds(ids.slice(0, limit))
  const edges = records.filter((record) => visible(context, record)).map((record) => ({ cursor: toTypeId('operation', record.id), node: record }))
  return connectionOf(edges, { next: ids.length > limit, previous: after !== undefined })
}

interface MembersWish {
  readonly outcome: Outcome | null | undefined
  readonly before: string | undefined
  readonly limit: number
}

const membersOf = ({ services }: Context, { id }: StoredNotification, { outcome, before, limit }: MembersWish): Promise<string[]> =>
  services.notifications.inbox.members({ notificationId: id, outcomes: outcome ? [outcome] : undefined, before, limit })

const alone = ({ operationId }: StoredNotification, before: string | undefined): string[] =>
  operationId === null || (before !== undefined && operationId >= before) ? [] : [operationId]

/** The viewer's own notification with this id of the API; administrators see no other's either. */
export async function findNotification(context: Context, id: string): Promise<StoredNotification | null> {
  viewerOf(context)
  const uuid = uuidOf(NOTIFICATION_PREFIX, id)
  return uuid === undefined ? null : ((await context.loaders.notification.load(uuid)) ?? null)
}
