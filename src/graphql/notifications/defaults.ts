import type { ChannelName } from '../../notifications/channels/channel.ts'
import type { NotificationCategory } from '../../notifications/records.ts'
import { demandDefaultsEditor } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import type { Refusal } from '../refusals.ts'
import { answerSettings } from './answers.ts'

interface StoredDefault {
  readonly __typename: 'NotificationDefaultPayload'
  readonly tenantId: string | null
  readonly category: NotificationCategory
  readonly channel: ChannelName
  readonly enabled: boolean
  readonly locked: boolean
  readonly reason: string | null
}

/** What administrators set for a tenant or for everybody. */
export function addNotificationDefaults(builder: Builder): void {
  const input = builder.inputType('SetNotificationDefaultInput', {
    description: 'A default, or a lock.',
    fields: (t) => ({
      tenantId: t.id({ description: 'For the users of this tenant; absent: for everybody.' }),
      category: t.field({ type: 'NotificationCategory', required: true, description: 'What they are about.' }),
      channel: t.field({ type: 'NotificationChannel', required: true, description: 'By which way.' }),
      enabled: t.boolean({ required: true, description: 'Whether they are sent.' }),
      locked: t.boolean({ defaultValue: false, description: 'True: users can not choose otherwise. A lock for everybody wins over one for a tenant.' }),
      reason: t.string({ description: `Why; users read it, and a lock needs one. At most ${LIMITS.reason} characters.` }),
    }),
  })
  const payload = builder.objectRef<StoredDefault>('NotificationDefaultPayload').implement({
    description: 'The default as it is now.',
    fields: (t) => ({
      tenantId: t.id({ nullable: true, description: 'Of which tenant; null: for everybody.', resolve: (stored) => stored.tenantId }),
      category: t.expose('category', { type: 'NotificationCategory', description: 'What they are about.' }),
      channel: t.expose('channel', { type: 'NotificationChannel', description: 'By which way.' }),
      enabled: t.exposeBoolean('enabled', { description: 'Whether they are sent.' }),
      locked: t.exposeBoolean('locked', { description: 'Whether users can not choose otherwise.' }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why, where somebody said it.' }),
    }),
  })
  const result = builder.unionType('SetNotificationDefaultResult', {
    description: 'What setting a default answers with.',
    types: [payload, 'InvalidInputError', 'ForbiddenError'],
    resolveType: (value: StoredDefault | Refusal) => value.__typename,
  })
  builder.mutationField('setNotificationDefault', (t) =>
    t.field({
      type: result,
      description: 'Sets what holds where users chose nothing, or whatever they chose. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The default.' }) },
      resolve: (_root, args, context) => answerSettings(() => store(context, args.input)),
    }),
  )
}

interface DefaultInput {
  readonly tenantId?: string | null | undefined
  readonly category: NotificationCategory
  readonly channel: ChannelName
  readonly enabled: boolean
  readonly locked?: boolean | null | undefined
  readonly reason?: string | null | undefined
}

async function store(context: Context, { tenantId, category, channel, enabled, ...rest }: DefaultInput): Promise<StoredDefault> {
  const { actor } = demandDefaultsEditor(context)
  const locked = rest.locked ?? false
  const reason = rest.reason ?? null
  checkInput((check) => {
    check.text('input.tenantId', tenantId, { from: 1, to: LIMITS.subject })
    check.text('input.reason', reason, { from: 1, to: LIMITS.reason })
    if (locked && reason === null) check.add('input.reason', 'expected a reason, because users who can not choose are shown it')
  })
  const stored = { tenantId: tenantId ?? null, category, channel, enabled, locked, reason }
  await context.services.deliveries.preferences.setDefault({ ...stored, actor })
  return { __typename: 'NotificationDefaultPayload', ...stored }
}
