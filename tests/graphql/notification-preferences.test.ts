import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createViewer } from '../../src/auth/viewer.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text } from './api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
})
afterAll(async () => {
  await world.close()
  expect(world.hidden).toEqual([])
})

const PREFERENCES =
  'query($userId: ID) { notificationPreferences(userId: $userId) { category channel enabled locked reason source available unavailableReason } }'
const SET = `mutation($input: SetNotificationPreferenceInput!) { setNotificationPreference(input: $input) {
  __typename ... on NotificationPreferencePayload { preference { category channel enabled source locked } } ... on Error { code message } } }`
const SET_DEFAULT = `mutation($input: SetNotificationDefaultInput!) { setNotificationDefault(input: $input) {
  __typename ... on NotificationDefaultPayload { tenantId enabled locked reason } ... on InvalidInputError { issues { path } } ... on Error { code message } } }`
const ADD = `mutation($input: AddNotificationDestinationInput!) { addNotificationDestination(input: $input) {
  __typename ... on NotificationDestinationPayload { secret destination { id channel address verified provider disabledReason lastResult { state at error } createdAt } }
  ... on InvalidInputError { issues { path message } } ... on Error { code message } } }`
const DESTINATIONS = 'query($userId: ID) { notificationDestinations(userId: $userId) { id channel address verified lastResult { state } } }'
const QUIET = `mutation($input: SetQuietHoursInput!) { setQuietHours(input: $input) {
  __typename ... on QuietHoursPayload { quietHours { timeZone days from until enabled } } ... on InvalidInputError { issues { path } } ... on Error { message } } }`
const act = (name: string) => `mutation($id: ID!) { ${name}(input: { destinationId: $id }) {
  __typename ... on NotificationDestinationPayload { secret destination { id lastResult { state } } } ... on Error { code message } } }`
const REMOVE = `mutation($id: ID!) { removeNotificationDestination(input: { destinationId: $id }) {
  __typename ... on RemoveNotificationDestinationPayload { destinationId } ... on Error { code } } }`

const cell = async (who: typeof ANA, category: string, channel: string) => {
  const { data } = await world.ask(who, PREFERENCES)
  const all = data?.['notificationPreferences'] as unknown as readonly Loose[]
  return all.find((one) => text(one['category']) === category && text(one['channel']) === channel)
}

describe('preferences', () => {
  test('are a matrix in which the user wins over the tenant, the tenant over everybody, and a lock over all', async () => {
    const eva = createViewer({ id: 'eva', roles: ['USER'], tenantId: 'shop' })
    const { data } = await world.ask(eva, PREFERENCES)
    expect(data?.['notificationPreferences']).toHaveLength(30)
    const product = await cell(eva, 'RESULT', 'EMAIL')
    expect(product).toMatchObject({
      enabled: true,
      locked: false,
      source: 'PRODUCT',
      available: false,
      unavailableReason: 'This server sends no mail: SMTP_URL is not set.',
    })
    const input = { category: 'RESULT', channel: 'EMAIL', enabled: false }
    await world.ask(ADMIN, SET_DEFAULT, { input })
    expect(await cell(eva, 'RESULT', 'EMAIL')).toMatchObject({ enabled: false, source: 'EVERYBODY' })
    await world.ask(ADMIN, SET_DEFAULT, { input: { ...input, tenantId: 'shop', enabled: true } })
    expect(await cell(eva, 'RESULT', 'EMAIL')).toMatchObject({ enabled: true, source: 'TENANT' })
    expect(await cell(ANA, 'RESULT', 'EMAIL')).toMatchObject({ enabled: false, source: 'EVERYBODY' })
    const chosen = await world.ask(eva, SET, { input })
    expect(chosen.data?.['setNotificationPreference']).toMatchObject({ preference: { enabled: false, source: 'USER', locked: false } })
    const locked = await world.ask(ADMIN, SET_DEFAULT, { input: { ...input, tenantId: 'shop', enabled: true, locked: true, reason: 'The law wants it.' } })
    expect(locked.data?.['setNotificationDefault']).toMatchObject({ tenantId: 'shop', locked: true })
    expect(await cell(eva, 'RESULT', 'EMAIL')).toMatchObject({ enabled: true, locked: true, reason: 'The law wants it.', source: 'TENANT' })
    const refused = await world.ask(eva, SET, { input })
    expect(refused.data?.['setNotificationPreference']).toEqual({
      __typename: 'ForbiddenError',
      code: 'FORBIDDEN',
      message: 'This preference is locked: The law wants it.',
    })
  })

  test('of others are for administrators, defaults too, and locks need a reason', async () => {
    const input = { userId: 'ana', category: 'STATUS', channel: 'SLACK', enabled: false }
    for (const stranger of [BOB, SYNC]) {
      expect((await world.ask(stranger, PREFERENCES, { userId: 'ana' })).codes).toEqual(['FORBIDDEN'])
      expect((await world.ask(stranger, SET, { input })).data?.['setNotificationPreference']).toMatchObject({ __typename: 'ForbiddenError' })
      expect(
        (await world.ask(stranger, SET_DEFAULT, { input: { category: 'STATUS', channel: 'SLACK', enabled: true } })).data?.['setNotificationDefault'],
      ).toMatchObject({
        __typename: 'ForbiddenError',
      })
    }
    expect((await world.ask(null, PREFERENCES)).codes).toEqual(['UNAUTHENTICATED'])
    expect((await world.ask(ADMIN, SET, { input })).data?.['setNotificationPreference']).toMatchObject({ preference: { enabled: false } })
    expect(await cell(ANA, 'STATUS', 'SLACK')).toMatchObject({ enabled: false, source: 'USER' })
    expect(await cell(BOB, 'STATUS', 'SLACK')).toMatchObject({ enabled: true, source: 'PRODUCT' })
    const lock = await world.ask(ADMIN, SET_DEFAULT, { input: { category: 'STATUS', channel: 'TEAMS', enabled: true, locked: true } })
    expect(lock.data?.['setNotificationDefault']).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: 'input.reason' }] })
  })
})

describe('quiet hours', () => {
  test('are set as typed, and belong to their user', async () => {
    const input = { timeZone: 'europe/madrid', days: [7, 1], from: '22:00', until: '07:30' }
    const { data } = await world.ask(ANA, QUIET, { input })
    expect(data?.['setQuietHours']).toEqual({
      __typename: 'QuietHoursPayload',
      quietHours: { timeZone: 'Europe/Madrid', days: [1, 7], from: '22:00', until: '07:30', enabled: true },
    })
    expect((await world.ask(ANA, '{ quietHours { from } }')).data).toEqual({ quietHours: { from: '22:00' } })
    expect((await world.ask(BOB, '{ quietHours { from } }')).data).toEqual({ quietHours: null })
    expect((await world.ask(BOB, '{ quietHours(userId: "ana") { from } }')).codes).toEqual(['FORBIDDEN'])
    expect((await world.ask(BOB, QUIET, { input: { ...input, userId: 'ana' } })).data?.['setQuietHours']).toMatchObject({ __typename: 'ForbiddenError' })
  })

  test('that make no sense are refused, all at once', async () => {
    const { data } = await world.ask(ANA, QUIET, { input: { timeZone: '+02:00', days: [0, 8], from: '25:00', until: 'noon' } })
    expect(data?.['setQuietHours']).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: 'input.timeZone' }, { path: 'input.from' }, { path: 'input.until' }, { path: 'input.days' }],
    })
    const same = await world.ask(ANA, QUIET, { input: { timeZone: 'UTC', from: '07:00', until: '07:00' } })
    expect(same.data?.['setQuietHours']).toMatchObject({ issues: [{ path: 'input.until' }] })
  })
})

describe('destinations', () => {
  test('show their secret once, their address never, and what became of a test', async () => {
    const { data } = await world.ask(ANA, ADD, { input: { channel: 'WHATSAPP', address: '+34 600 111 222' } })
    const added = data?.['addNotificationDestination']
    expect(added).toMatchObject({ secret: null, destination: { address: '+34…222', verified: false, provider: 'sandbox', disabledReason: null } })
    const webhook = (await world.ask(ANA, ADD, { input: { channel: 'WEBHOOK', address: 'https://hooks.example.com/very-secret' } })).data?.[
      'addNotificationDestination'
    ]
    expect(text(webhook?.['secret'])).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(webhook?.['destination']).toMatchObject({ address: 'https://hooks.example.com/…', verified: true, lastResult: null })
    const id = text(webhook?.['destination']?.['id'])
    expect((await world.ask(ANA, 'query($id: ID!) { node(id: $id) { id ... on NotificationDestination { address } } }', { id })).data).toEqual({
      node: { id, address: 'https://hooks.example.com/…' },
    })
    const listed = await world.ask(ANA, DESTINATIONS)
    expect(JSON.stringify(listed)).not.toMatch(/very-secret|600111|whsec/)
    expect(await cell(ANA, 'FAILURE', 'WEBHOOK')).toMatchObject({ available: true, unavailableReason: null })
    const rotated = await world.ask(ANA, act('rotateWebhookSecret'), { id })
    expect(rotated.data?.['rotateWebhookSecret']?.['secret']).not.toBe(webhook?.['secret'])
    const early = await world.ask(ANA, act('sendTestNotification'), { id: text(added?.['destination']?.['id']) })
    expect(early.data?.['sendTestNotification']).toMatchObject({ __typename: 'InvalidInputError' })
    expect((await world.ask(ANA, act('rotateWebhookSecret'), { id: text(added?.['destination']?.['id']) })).data?.['rotateWebhookSecret']).toMatchObject({
      __typename: 'InvalidInputError',
    })
  })

  test('are verified by the code that was sent, follow tests, and are limited', async () => {
    const eva = createViewer({ id: 'verifier', roles: ['USER'], tenantId: null })
    const added = (await world.ask(eva, ADD, { input: { channel: 'WHATSAPP', address: '+34600333444' } })).data?.['addNotificationDestination']
    const id = text(added?.['destination']?.['id'])
    const verify = (code: string) =>
      world.ask(
        eva,
        `mutation($id: ID!, $code: String!) { verifyNotificationDestination(input: { destinationId: $id, code: $code }) {
          __typename ... on NotificationDestinationPayload { destination { verified } } ... on InvalidInputError { issues { path } } } }`,
        { id, code },
      )
    expect((await verify('nonsense')).data?.['verifyNotificationDestination']).toMatchObject({ issues: [{ path: 'input.code' }] })
    await expect.poll(() => world.gateway.accepted.some(({ to }) => to === '+34600333444')).toBe(true)
    const code = /(\d{6})/.exec(world.gateway.accepted.find(({ to }) => to === '+34600333444')?.text ?? '')?.[1] ?? ''
    expect((await verify(code)).data?.['verifyNotificationDestination']).toMatchObject({ destination: { verified: true } })
    const tested = await world.ask(eva, act('sendTestNotification'), { id })
    expect(tested.data?.['sendTestNotification']).toMatchObject({ destination: { lastResult: { state: expect.stringMatching(/PENDING|DELIVERED/) } } })
    await expect
      .poll(async () => (await world.ask(eva, DESTINATIONS)).data?.['notificationDestinations'])
      .toMatchObject([{ id, verified: true, lastResult: { state: 'DELIVERED' } }])
    const results = []
    for (let count = 0; count < 6; count += 1)
      results.push((await world.ask(eva, act('sendTestNotification'), { id })).data?.['sendTestNotification']?.['code'])
    expect(results).toContain('QUOTA_EXCEEDED')
  })

  test.each([
    ['another user', BOB],
    ['a service', SYNC],
  ])('of somebody else do not exist for %s', async (_who, stranger) => {
    const { data } = await world.ask(ANA, DESTINATIONS)
    const id = text(data?.['notificationDestinations']?.['0']?.['id'])
    for (const name of ['sendTestNotification', 'resendNotificationCode', 'rotateWebhookSecret']) {
      expect((await world.ask(stranger, act(name), { id })).data?.[name]).toMatchObject({ __typename: 'NotFoundError' })
    }
    expect((await world.ask(stranger, REMOVE, { id })).data?.['removeNotificationDestination']).toMatchObject({ __typename: 'NotFoundError' })
    expect((await world.ask(stranger, 'query($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: null })
    expect((await world.ask(stranger, DESTINATIONS, { userId: 'ana' })).codes).toEqual(['FORBIDDEN'])
    expect((await world.ask(stranger, DESTINATIONS)).data).toEqual({ notificationDestinations: [] })
    const add = await world.ask(stranger, ADD, { input: { userId: 'ana', channel: 'WEBHOOK', address: 'https://evil.example.com/' } })
    expect(add.data?.['addNotificationDestination']).toMatchObject({ __typename: 'ForbiddenError' })
  })

  test('are managed by administrators for anybody', async () => {
    const added = await world.ask(ADMIN, ADD, { input: { userId: 'carl', channel: 'WEBHOOK', address: 'https://hooks.example.com/carl' } })
    const id = text(added.data?.['addNotificationDestination']?.['destination']?.['id'])
    expect((await world.ask(ADMIN, DESTINATIONS, { userId: 'carl' })).data).toMatchObject({ notificationDestinations: [{ id }] })
    expect((await world.ask(ADMIN, REMOVE, { id })).data?.['removeNotificationDestination']).toMatchObject({ destinationId: id })
    expect((await world.ask(ADMIN, REMOVE, { id })).data?.['removeNotificationDestination']).toMatchObject({ __typename: 'NotFoundError' })
  })

  test.each([
    [{ channel: 'EMAIL', address: 'ana@example.com' }, 'input.channel'],
    [{ channel: 'WEBHOOK', address: 'https://127.0.0.1/' }, 'input.address'],
    [{ channel: 'WEBHOOK', address: '' }, 'input.address'],
    [{ channel: 'WEBHOOK', address: `https://example.com/${'x'.repeat(3_000)}` }, 'input.address'],
    [{ channel: 'WHATSAPP', address: '12\u0000' }, 'input.address'],
    [{ channel: 'TEAMS', address: 'https://example.com/', userId: '' }, 'input.userId'],
  ])('refuse %j', async (input, path) => {
    const { data } = await world.ask(ADMIN, ADD, { input })
    expect(data?.['addNotificationDestination']).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path }] })
  })

  test.each(['', 'destination_1', 'operation_01jd3kxxxxxxxxxxxxxxxxxxxx', 'destination_01jd3k00000000000000000000'])(
    'with the id %j are not found',
    async (id) => {
      expect((await world.ask(ANA, act('sendTestNotification'), { id })).data?.['sendTestNotification']).toMatchObject({ __typename: 'NotFoundError' })
    },
  )
})
