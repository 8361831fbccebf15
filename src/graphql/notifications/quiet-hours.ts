import { formatTimeOfDay, type QuietHours } from '../../notifications/preferences/quiet-hours.ts'
import { preferencesOwner, preferencesOwnerOrThrow } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import { checkInput, LIMITS } from '../limits.ts'
import type { Refusal } from '../refusals.ts'
import { answerSettings } from './answers.ts'

interface StoredHours {
  readonly __typename: 'QuietHoursPayload'
  readonly quietHours: QuietHours
}

/** When nothing but what is critical leaves the product. */
export function addQuietHours(builder: Builder): void {
  const quietHours = addType(builder)
  builder.queryField('quietHours', (t) =>
    t.field({
      type: quietHours,
      nullable: true,
      description: 'Quiet hours; null: never set. Administrators may ask for a user.',
      args: { userId: t.arg.id({ description: 'Whose; absent: of the viewer.' }) },
      resolve: async (_root, args, context) => {
        const owner = preferencesOwnerOrThrow(context, args.userId ?? undefined)
        return (await context.services.deliveries.preferences.quietHours(owner.userId)) ?? null
      },
    }),
  )
  const input = builder.inputType('SetQuietHoursInput', {
    description: 'Quiet hours, all of them.',
    fields: (t) => ({
      userId: t.id({ description: 'For whom; absent: the viewer. For administrators.' }),
      timeZone: t.string({ required: true, description: 'IANA time zone, such as Europe/Madrid.' }),
      days: t.intList({ description: 'ISO weekdays on which they begin, 1 (Monday) to 7 (Sunday); absent: every day.' }),
      from: t.string({ required: true, description: 'When they begin, by the clock of the zone, such as 22:00.' }),
      until: t.string({ required: true, description: 'When they end, such as 07:00; not after `from`: on the next day.' }),
      enabled: t.boolean({ defaultValue: true, description: 'False: they are kept, but nothing is held.' }),
    }),
  })
  const payload = builder.objectRef<StoredHours>('QuietHoursPayload').implement({
    description: 'The quiet hours are stored; what is held is looked at again.',
    fields: (t) => ({ quietHours: t.field({ type: quietHours, description: 'As they are now.', resolve: (stored) => stored.quietHours }) }),
  })
  const result = builder.unionType('SetQuietHoursResult', {
    description: 'What setting quiet hours answers with.',
    types: [payload, 'InvalidInputError', 'ForbiddenError'],
    resolveType: (value: StoredHours | Refusal) => value.__typename,
  })
  builder.mutationField('setQuietHours', (t) =>
    t.field({
      type: result,
      description: 'Sets quiet hours: what is not critical is held, and goes out as one digest at their end. Days on which clocks change are no exception.',
      args: { input: t.arg({ type: input, required: true, description: 'The quiet hours.' }) },
      resolve: (_root, { input: { userId, timeZone, days, from, until, enabled } }, context) =>
        answerSettings(async () => {
          checkInput((check) => check.text('input.userId', userId, { from: 1, to: LIMITS.subject }))
          const owner = preferencesOwner(context, userId ?? undefined)
          const hours = { timeZone, days: days ?? undefined, from, until, enabled: enabled ?? true }
          const stored = await context.services.deliveries.preferences.setQuietHours(owner.userId, hours)
          return { __typename: 'QuietHoursPayload' as const, quietHours: stored }
        }),
    }),
  )
}

function addType(builder: Builder) {
  return builder.objectRef<QuietHours>('QuietHours').implement({
    description: 'A time of the day in which only what is critical leaves the product.',
    fields: (t) => ({
      timeZone: t.exposeString('timeZone', { description: 'IANA time zone.' }),
      days: t.intList({ description: 'ISO weekdays on which they begin, 1 (Monday) to 7 (Sunday); at most all seven.', resolve: ({ days }) => [...days] }),
      from: t.string({ description: 'When they begin, such as 22:00.', resolve: ({ fromMinute }) => formatTimeOfDay(fromMinute) }),
      until: t.string({ description: 'When they end, such as 07:00.', resolve: ({ untilMinute }) => formatTimeOfDay(untilMinute) }),
      enabled: t.exposeBoolean('enabled', { description: 'Whether anything is held.' }),
    }),
  })
}
