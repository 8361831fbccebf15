import { InvalidInputError } from '../../base/errors.ts'
import { toTypeId } from '../../base/ids.ts'
import type { ChannelName } from '../../notifications/channels/channel.ts'
import type { AddedDestination } from '../../notifications/delivery/destinations.ts'
import type { DestinationRecord } from '../../notifications/delivery/store/destinations.ts'
import { preferencesOwner, viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { answer, notFound, type Refusal, Refused } from '../refusals.ts'
import { answerDestinations } from './answers.ts'
import { type addDestinations, DESTINATION_PREFIX, findOwnDestination } from './destinations.ts'

type DestinationRef = ReturnType<typeof addDestinations>

const LONGEST_ADDRESS = 2_000
const LONGEST_CODE = 20

interface DestinationPayload extends AddedDestination {
  readonly __typename: 'NotificationDestinationPayload'
}

interface RemovedDestination {
  readonly __typename: 'RemoveNotificationDestinationPayload'
  readonly destinationId: string
}

const payloadOf = (destination: DestinationRecord, secret: string | null = null): DestinationPayload => ({
  __typename: 'NotificationDestinationPayload',
  destination,
  secret,
})

export function addDestinationMutations(builder: Builder, destination: DestinationRef): void {
  const result = addResult(builder, destination)
  const reference = addReference(builder)
  addAdd(builder, result)
  addVerify(builder, result)
  const act = (name: string, description: string, work: (context: Context, record: DestinationRecord) => Promise<DestinationPayload>): void => {
    builder.mutationField(name, (t) =>
      t.field({
        type: result,
        description,
        args: { input: t.arg({ type: reference, required: true, description: 'Which one.' }) },
        resolve: (_root, { input }, context) => answerDestinations(async () => work(context, await destinationOrRefuse(context, input.destinationId))),
      }),
    )
  }
  act(
    'resendNotificationCode',
    'Sends another code to a destination that is not verified yet; the one before is no good any more.',
    async (context, record) => {
      await context.services.deliveries.destinations.resendCode(record)
      return payloadOf((await context.services.deliveries.destinations.find(record.id)) ?? record)
    },
  )
  act('sendTestNotification', "Sends a test. The payload's lastResult is PENDING; notificationDestinations says what became of it.", async (context, record) =>
    payloadOf(await context.services.deliveries.destinations.sendTest(record)),
  )
  act(
    'rotateWebhookSecret',
    'Makes a new secret, which the payload shows this once. The one before signs too, until the next rotation.',
    async (context, record) => {
      if (record.channel !== 'webhook') throw new InvalidInputError([{ path: 'input.destinationId', message: 'expected a destination of the channel WEBHOOK' }])
      return payloadOf(record, await context.services.deliveries.destinations.rotateSecret(record))
    },
  )
  addRemove(builder, reference)
}

const addReference = (builder: Builder) =>
  builder.inputType('NotificationDestinationInput', {
    description: 'A destination.',
    fields: (t) => ({ destinationId: t.id({ required: true, description: 'Id of the destination.' }) }),
  })

function addResult(builder: Builder, destination: DestinationRef) {
  const payload = builder.objectRef<DestinationPayload>('NotificationDestinationPayload').implement({
    description: 'The destination as it is now.',
    fields: (t) => ({
      destination: t.field({ type: destination, description: 'The destination.', resolve: (stored) => stored.destination }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'Secret that signs what a webhook gets (whsec_…, as Standard Webhooks has it): shown when it is made, and never again.',
      }),
    }),
  })
  return builder.unionType('NotificationDestinationResult', {
    description: 'What changing a destination answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError', 'QuotaExceededError'],
    resolveType: (value: DestinationPayload | Refusal) => value.__typename,
  })
}

type ResultRef = ReturnType<typeof addResult>

function addAdd(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('AddNotificationDestinationInput', {
    description: 'A new destination.',
    fields: (t) => ({
      userId: t.id({ description: 'For whom; absent: the viewer. For administrators.' }),
      channel: t.field({ type: 'NotificationChannel', required: true, description: 'By which way.' }),
      address: t.string({
        required: true,
        description: `Mail address; address of a webhook (https); id of a Slack channel or member; or phone number with its country, such as +34600111222. At most ${LONGEST_ADDRESS} characters.`,
      }),
    }),
  })
  builder.mutationField('addNotificationDestination', (t) =>
    t.field({
      type: result,
      description:
        'Adds a destination. Mail addresses (other than the verified one of the token), phone numbers and Slack ids get a code first: verifyNotificationDestination. The secret of a webhook is shown this once.',
      args: { input: t.arg({ type: input, required: true, description: 'The destination.' }) },
      resolve: (_root, args, context) => answerDestinations(() => add(context, args.input)),
    }),
  )
}

interface AddInput {
  readonly userId?: string | null | undefined
  readonly channel: ChannelName
  readonly address: string
}

async function add(context: Context, { userId, channel, address }: AddInput): Promise<DestinationPayload> {
  checkInput((check) => {
    check.text('input.userId', userId, { from: 1, to: LIMITS.subject })
    check.text('input.address', address, { from: 1, to: LONGEST_ADDRESS })
  })
  const owner = preferencesOwner(context, userId ?? undefined)
  const viewer = viewerOf(context)
  const verifiedEmail = owner.userId === viewer.id ? viewer.verifiedEmail : undefined
  const { destination, secret } = await context.services.deliveries.destinations.add({ userId: owner.userId, channel, address, verifiedEmail })
  return payloadOf(destination, secret)
}

function addVerify(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('VerifyNotificationDestinationInput', {
    description: 'A code that was sent to a destination.',
    fields: (t) => ({
      destinationId: t.id({ required: true, description: 'Id of the destination.' }),
      code: t.string({ required: true, description: 'The six digits.' }),
    }),
  })
  builder.mutationField('verifyNotificationDestination', (t) =>
    t.field({
      type: result,
      description: 'Proves that the viewer reads what is sent to a destination. A code is good for 30 minutes and five tries.',
      args: { input: t.arg({ type: input, required: true, description: 'The code.' }) },
      resolve: (_root, { input: { destinationId, code } }, context) =>
        answerDestinations(async () => {
          checkInput((check) => check.text('input.code', code, { from: 1, to: LONGEST_CODE }))
          const record = await destinationOrRefuse(context, destinationId)
          const { destinations } = context.services.deliveries
          await destinations.verify(record, code)
          return payloadOf((await destinations.find(record.id)) ?? record)
        }),
    }),
  )
}

function addRemove(builder: Builder, reference: ReturnType<typeof addReference>): void {
  const payload = builder.objectRef<RemovedDestination>('RemoveNotificationDestinationPayload').implement({
    description: 'The destination is gone, with all that was to be sent there.',
    fields: (t) => ({ destinationId: t.exposeID('destinationId', { description: 'Its id, to remove it from lists.' }) }),
  })
  const result = builder.unionType('RemoveNotificationDestinationResult', {
    description: 'What removing a destination answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
    resolveType: (value: RemovedDestination | Refusal) => value.__typename,
  })
  builder.mutationField('removeNotificationDestination', (t) =>
    t.field({
      type: result,
      description: 'Removes a destination.',
      args: { input: t.arg({ type: reference, required: true, description: 'Which one.' }) },
      resolve: (_root, args, context) =>
        answer(async () => {
          const record = await destinationOrRefuse(context, args.input.destinationId)
          await context.services.deliveries.destinations.remove(record)
          return { __typename: 'RemoveNotificationDestinationPayload' as const, destinationId: toTypeId(DESTINATION_PREFIX, record.id) }
        }),
    }),
  )
}

async function destinationOrRefuse(context: Context, id: string): Promise<DestinationRecord> {
  viewerOf(context)
  const record = await findOwnDestination(context, id)
  if (!record) throw new Refused(notFound('destination'))
  return record
}
