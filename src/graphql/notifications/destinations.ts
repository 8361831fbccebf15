import { toTypeId, uuidOf } from '../../base/ids.ts'
import { MOST_DESTINATIONS } from '../../notifications/delivery/destinations.ts'
import type { DestinationRecord } from '../../notifications/delivery/store/destinations.ts'
import { findPreferencesOwner, preferencesOwnerOrThrow } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'

export const DESTINATION_PREFIX = 'destination'

const isDestination = (value: unknown): value is DestinationRecord => typeof value === 'object' && value !== null && 'masked' in value && 'channel' in value

/** Where somebody gets notifications. */
export function addDestinations(builder: Builder) {
  const result = addResult(builder)
  const destination = builder.objectRef<DestinationRecord>('NotificationDestination').implement({
    description: 'Where somebody gets notifications outside the product. Its address is kept sealed, and never shown in full.',
    interfaces: ['Node'],
    isTypeOf: isDestination,
    fields: (t) => ({
      id: t.id({ description: 'Id of the destination, such as destination_01jd3k….', resolve: ({ id }) => toTypeId(DESTINATION_PREFIX, id) }),
      channel: t.expose('channel', { type: 'NotificationChannel', description: 'By which way.' }),
      address: t.exposeString('masked', { description: 'As much of the address as tells it from others.' }),
      verified: t.boolean({
        description: 'False: a code was sent there and is awaited (verifyNotificationDestination); until then nothing else goes there.',
        resolve: ({ verifiedAt }) => verifiedAt !== null,
      }),
      disabledReason: t.exposeString('disabledReason', {
        nullable: true,
        description: 'Why nothing is sent there any more; a test that arrives enables it again. null: it is in use.',
      }),
      provider: t.string({
        nullable: true,
        description: 'Who carries messages there, where that is configured. "sandbox": nobody, nothing leaves this server.',
        resolve: ({ channel }, _args, context) => context.services.deliveries.provider(channel),
      }),
      lastResult: t.field({
        type: result,
        nullable: true,
        description: 'Of the last message, also of a test; null: none was sent.',
        resolve: (record) => (record.lastState === null ? null : record),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was added.' }),
    }),
  })
  builder.queryField('notificationDestinations', (t) =>
    t.field({
      type: [destination],
      description: `Where the viewer gets notifications, at most ${MOST_DESTINATIONS}. Administrators may ask for a user.`,
      args: { userId: t.arg.id({ description: 'Whose; absent: of the viewer.' }) },
      resolve: (_root, args, context) => context.services.deliveries.destinations.list(preferencesOwnerOrThrow(context, args.userId ?? undefined).userId),
    }),
  )
  return destination
}

function addResult(builder: Builder) {
  return builder.objectRef<DestinationRecord>('DeliveryResult').implement({
    description: 'What became of the last message to a destination.',
    fields: (t) => ({
      state: t.field({ type: 'DeliveryState', description: 'What became of it.', resolve: ({ lastState }) => lastState ?? 'pending' }),
      at: t.field({ type: 'DateTime', description: 'When.', resolve: ({ lastAt, createdAt }) => lastAt ?? createdAt }),
      error: t.exposeString('lastError', { nullable: true, description: 'What went wrong, where something did.' }),
    }),
  })
}

/** The destination with this id of the API, if this viewer may see it. */
export async function findOwnDestination(context: Context, id: string): Promise<DestinationRecord | null> {
  const uuid = uuidOf(DESTINATION_PREFIX, id)
  const record = uuid === undefined ? undefined : await context.services.deliveries.destinations.find(uuid)
  // Those of the operator are nobody's.
  return record && record.userId !== '' && findPreferencesOwner(context, record.userId) ? record : null
}
