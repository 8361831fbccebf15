import type { PreferenceOwner, PreferenceRecord } from '../../notifications/preferences/preferences.ts'
import { preferencesOwner, preferencesOwnerOrThrow } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import type { Refusal } from '../refusals.ts'
import { answerSettings } from './answers.ts'

/** One cell of the matrix, with whether it would have any effect. */
interface PreferenceView extends PreferenceRecord {
  /** Why nothing would be sent; null: it would. */
  readonly unavailableReason: string | null
}

interface StoredPreference {
  readonly __typename: 'NotificationPreferencePayload'
  readonly preference: PreferenceView
}

/** The matrix category × channel. */
export function addPreferences(builder: Builder): void {
  const preference = addPreference(builder)
  builder.queryField('notificationPreferences', (t) =>
    t.field({
      type: [preference],
      description: 'What is sent by which channel: at most one entry for each category and channel. Administrators may ask for a user.',
      args: { userId: t.arg.id({ description: 'Whose; absent: of the viewer.' }) },
      resolve: (_root, args, context) => viewsOf(context, preferencesOwnerOrThrow(context, args.userId ?? undefined)),
    }),
  )
  const input = builder.inputType('SetNotificationPreferenceInput', {
    description: 'A choice.',
    fields: (t) => ({
      userId: t.id({ description: 'For whom; absent: the viewer. For administrators.' }),
      category: t.field({ type: 'NotificationCategory', required: true, description: 'What they are about.' }),
      channel: t.field({ type: 'NotificationChannel', required: true, description: 'By which way.' }),
      enabled: t.boolean({ required: true, description: 'Whether they are sent.' }),
    }),
  })
  const payload = builder.objectRef<StoredPreference>('NotificationPreferencePayload').implement({
    description: 'The choice is stored; it holds for what was not sent yet too.',
    fields: (t) => ({ preference: t.field({ type: preference, description: 'As it is now.', resolve: (stored) => stored.preference }) }),
  })
  const result = builder.unionType('SetNotificationPreferenceResult', {
    description: 'What setting a preference answers with.',
    types: [payload, 'InvalidInputError', 'ForbiddenError'],
    resolveType: (value: StoredPreference | Refusal) => value.__typename,
  })
  builder.mutationField('setNotificationPreference', (t) =>
    t.field({
      type: result,
      description: 'Chooses whether notifications of a category are sent by a channel. ForbiddenError, with the reason, where an administrator locked it.',
      args: { input: t.arg({ type: input, required: true, description: 'The choice.' }) },
      resolve: (_root, { input: { userId, category, channel, enabled } }, context) =>
        answerSettings(async () => {
          checkInput((check) => check.text('input.userId', userId, { from: 1, to: LIMITS.subject }))
          const owner = preferencesOwner(context, userId ?? undefined)
          await context.services.deliveries.preferences.set(owner, { category, channel, enabled })
          const views = await viewsOf(context, owner)
          const stored = views.find((view) => view.category === category && view.channel === channel) as PreferenceView
          return { __typename: 'NotificationPreferencePayload' as const, preference: stored }
        }),
    }),
  )
}

function addPreference(builder: Builder) {
  return builder.objectRef<PreferenceView>('NotificationPreference').implement({
    description: 'Whether notifications of a category are sent by a channel. Nothing is sent that was seen in the product before.',
    fields: (t) => ({
      category: t.expose('category', { type: 'NotificationCategory', description: 'What they are about.' }),
      channel: t.expose('channel', { type: 'NotificationChannel', description: 'By which way.' }),
      enabled: t.exposeBoolean('enabled', { description: 'Whether they are sent.' }),
      locked: t.exposeBoolean('locked', { description: 'True: an administrator decided, and nobody else can change it.' }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why an administrator decided so, where one did and said it.' }),
      source: t.expose('source', { type: 'PreferenceSource', description: 'Who decided.' }),
      available: t.boolean({
        description: 'Whether anything can be sent by the channel: this server can, and there is a destination that is good.',
        resolve: (view) => view.unavailableReason === null,
      }),
      unavailableReason: t.exposeString('unavailableReason', { nullable: true, description: 'A sentence why nothing can be sent; null: it can.' }),
    }),
  })
}

async function viewsOf(context: Context, owner: PreferenceOwner): Promise<PreferenceView[]> {
  const { preferences, destinations, unavailable } = context.services.deliveries
  const [records, known] = await Promise.all([preferences.list(owner), destinations.list(owner.userId)])
  const usable = new Set(known.filter(({ verifiedAt, disabledAt }) => verifiedAt !== null && disabledAt === null).map(({ channel }) => channel))
  return records.map((record) => ({
    ...record,
    unavailableReason:
      unavailable(record.channel) ?? (usable.has(record.channel) ? null : 'There is no destination of this channel that is verified and works.'),
  }))
}
