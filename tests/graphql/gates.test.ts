import type { GraphQLObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Viewer } from '../../src/auth/viewer.ts'
import { defineOperation } from '../../src/engine/definition.ts'
import { defineEvents } from '../../src/events/define-events.ts'
import { ADMIN, ANA, type Answer, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, upload, viewer } from './api-world.ts'

const base = {
  description: 'For tests.',
  priority: 'medium',
  estimate: '90s',
  timeout: '10m',
  result: z.object({}),
  steps: { work: 'Work' },
  run: () => Promise.resolve({}),
  startableBy: ['USER'],
} as const
const connection = defineOperation({ ...base, type: 'SHOP_CONNECTION', title: 'Store connection', input: z.object({}), impact: { blocks: ['chat'] } })
const talk = defineOperation({ ...base, type: 'TALK', title: 'Talk', input: z.object({ words: z.string().default('').describe('Words.') }), gate: 'chat' })
/** Needs the chat and blocks it. */
const jealous = defineOperation({ ...base, type: 'JEALOUS', title: 'Jealous', input: z.object({}), gate: 'chat', impact: { blocks: ['chat'] } })
const notes = defineEvents({
  name: 'NOTE',
  stream: 'notes',
  description: 'Notes.',
  types: { WRITTEN: 'Was written.' },
  data: z.object({ words: z.string().describe('Words.') }),
  readableBy: ['USER'],
  publishableBy: ['USER'],
  gate: 'chat',
})

/** These work whatever happens; a new mutation is none of them unless somebody decides so, here and at the mutation. */
const EXEMPT = [
  'cancelOperation',
  'completeOperation',
  'dismissAllNotifications',
  'dismissNotification',
  'failOperation',
  'markNotificationsSeen',
  'markSalesSeen',
  'pauseOperation',
  'reportProgress',
  'resumeOperation',
  'revokeAccess',
]

const OPEN =
  'mutation ($input: OpenExternalOperationInput!) { result: openExternalOperation(input: $input) { __typename ... on Error { code message } ... on OperationPayload { replayed operation { id } } } }'
const COMPLETE = 'mutation ($id: ID!) { result: completeOperation(input: { id: $id }) { __typename } }'
const BLOCKED =
  '__typename ... on FeatureBlockedError { code message feature until retryAfterSeconds } ... on OperationPayload { replayed operation { id state } }'
const START = `mutation ($input: StartOperationInput!) { result: startOperation(input: $input) { ${BLOCKED} } }`
const TALK = `mutation ($input: StartTalkInput!) { result: startTalk(input: $input) { ${BLOCKED} } }`
const CONTROL = (verb: string, input = 'OperationControlInput') =>
  `mutation ($input: ${input}!) { result: ${verb}Operation(input: $input) { ${BLOCKED} ... on InvalidStateError { message } } }`

const resultOf = ({ data, errors }: Answer): Loose => {
  expect(errors).toBeUndefined()
  return data?.['result'] as Loose
}

let world: ApiWorld
beforeAll(async () => {
  // Nothing is claimed, so what is started stays.
  world = await apiWorld({ definitions: [connection, talk, jealous], events: [notes], works: false })
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const open = async (impact: object, more: object = {}): Promise<string> => {
  const opened = resultOf(await world.ask(ADMIN, OPEN, { input: { title: 'Night shift', estimateSeconds: 600, impact, ...more } }))
  expect(opened['__typename']).toBe('OperationPayload')
  return text(opened['operation']?.['id'])
}
const complete = async (id: string) => expect(resultOf(await world.ask(ADMIN, COMPLETE, { id }))['__typename']).toBe('OperationPayload')
/** Runs while a service is at work that has this impact. */
const during = async <Value>(impact: object, work: () => Promise<Value>, more: object = {}): Promise<Value> => {
  const id = await open(impact, more)
  try {
    return await work()
  } finally {
    await complete(id)
  }
}
const CRITICAL = { level: 'CRITICAL', scope: 'EVERYBODY' }
const CHAT_FOR_ALL = { level: 'MAINTENANCE', blocks: ['CHAT'], scope: 'EVERYBODY' }
const counts = async () =>
  (await world.engine.list({ visibility: { kind: 'all' }, filter: {}, orderBy: { field: 'created_at', direction: 'desc' }, limit: 1_000, fromEnd: false }))
    .items.length

describe('mutations', () => {
  test('have a gate each, and those without one are listed here', () => {
    const fields = Object.values((world.schema.getMutationType() as GraphQLObjectType).getFields())
    const gates = new Map(fields.map(({ name, extensions }) => [name, extensions['gate']]))
    expect(
      [...gates]
        .filter(([, gate]) => gate === 'none')
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(EXEMPT)
    expect([...gates].filter(([, gate]) => gate === undefined)).toEqual([])
    expect(gates.get('publishNoteEvent')).toBe('chat')
    expect(gates.get('createSale')).toBe('api')
    expect(gates.get('sendChatMessage')).toBe('chat')
  })

  /** Values that name nothing: a mutation that passes its gate answers something else than that it is blocked. */
  const sampleOf: Readonly<Record<string, string>> = {
    addNotificationDestination: '{ channel: WEBHOOK, address: "" }',
    cancelOperation: '{ id: "operation_x" }',
    checkoutSale: '{ reference: "r", customer: "c", channel: ONLINE, currency: "USD", lines: [] }',
    closeGate: '{ feature: CHAT, reason: "" }',
    completeOperation: '{ id: "operation_x" }',
    createStoreInstallLink: '{ platform: SANDBOX, name: "" }',
    disconnectStore: '{ storeId: "store_x" }',
    refreshStores: '{ reason: "" }',
    renameStore: '{ storeId: "store_x", name: "" }',
    startDataUpdate: '{ storeId: "store_x", title: "" }',
    startRagSync: '{ storeId: "store_x", title: "" }',
    startStoreConnection: '{ name: "x", platform: SANDBOX, title: "" }',
    startStoreReconnection: '{ storeId: "store_x", title: "" }',
    startWhatsappSetup: '{ storeId: "store_x", phone: "x", title: "" }',
    confirmPayment: '{ saleId: "sale_x", paymentReference: "p" }',
    createSale: '{ reference: "r", customer: "c", channel: ONLINE, currency: "USD", lines: [] }',
    cancelSale: '{ saleId: "sale_x" }',
    deleteCategoryRule: '{ id: "rule_x" }',
    deleteStatementBatch: '{ id: "batch_x" }',
    dismissAllNotifications: '{}',
    dismissNotification: '{ id: "notification_x" }',
    endMaintenance: '{ id: "window_x" }',
    failOperation: '{ id: "operation_x", code: "X", message: "x" }',
    markNotificationsSeen: '{ ids: [] }',
    markSalesSeen: '{}',
    openExternalOperation: '{ title: "" }',
    openGate: '{ feature: CHAT, tenantId: "" }',
    pauseOperation: '{ id: "operation_x" }',
    planMaintenance: '{ reason: "" }',
    publishNoteEvent: '{ type: WRITTEN, data: { words: "\\u0000" } }',
    removeNotificationDestination: '{ destinationId: "x" }',
    reportProgress: '{ id: "operation_x" }',
    resendNotificationCode: '{ destinationId: "x" }',
    resumeOperation: '{ id: "operation_x" }',
    retryOperation: '{ id: "operation_x" }',
    revokeAccess: '{ reason: "" }',
    rotateWebhookSecret: '{ destinationId: "x" }',
    sendChatMessage: '{ storeId: "store_x", text: "x" }',
    sendTestNotification: '{ destinationId: "x" }',
    setCategoryRule: '{ pattern: "", category: "" }',
    setNotificationDefault: '{ category: FAILURE, channel: EMAIL, enabled: true, tenantId: "" }',
    setNotificationPreference: '{ category: FAILURE, channel: EMAIL, enabled: true, userId: "" }',
    setQuietHours: '{ timeZone: "", from: "", until: "" }',
    startJealous: '{ title: "" }',
    startOperation: '{ type: TALK, input: {}, title: "" }',
    startSandboxExercise: '{ title: "" }',
    startStatementRecategorization: '{ batchId: "x", title: "" }',
    startShopConnection: '{ title: "" }',
    startSystemMaintenance: '{ reason: "" }',
    startTalk: '{ title: "" }',
    updateAgent: '{ storeId: "store_x" }',
    updateMaintenance: '{ id: "window_x" }',
    updateSale: '{ saleId: "sale_x" }',
    verifyNotificationDestination: '{ destinationId: "x", code: "" }',
  }
  const documentOf = (name: string) =>
    name === 'startStatementImport'
      ? `mutation ($file: File!) { startStatementImport(input: { file: $file, title: "" }) { __typename } }`
      : `mutation { ${name}(input: ${sampleOf[name]}) { __typename } }`

  /** What it said about the gate, whichever way. */
  const isBlocked = async (who: Viewer, name: string): Promise<boolean> => {
    const { data, codes } = await world.ask(who, documentOf(name), name === 'startStatementImport' ? { file: upload('x') } : {})
    return codes.includes('FEATURE_BLOCKED') || data?.[name]?.['__typename'] === ('FeatureBlockedError' as unknown)
  }
  const names = () => Object.keys((world.schema.getMutationType() as GraphQLObjectType).getFields())

  test('are refused in CRITICAL to users and services, but for those that are listed; administrators pass, except where a feature is needed', async () => {
    await during(CRITICAL, async () => {
      for (const who of [ANA, SYNC]) {
        const passed = []
        for (const name of names()) if (!(await isBlocked(who, name))) passed.push(name)
        expect(passed.toSorted()).toEqual(EXEMPT)
      }
      const refused = []
      for (const name of names()) if (await isBlocked(ADMIN, name)) refused.push(name)
      expect(refused).toEqual(['publishNoteEvent', 'sendChatMessage'])
    })
    for (const name of names()) expect([name, await isBlocked(ANA, name)]).toEqual([name, false])
  })

  test('say UNAUTHENTICATED to nobody, whatever is blocked', async () => {
    await during(CRITICAL, async () => {
      for (const name of names()) expect([name, (await world.ask(null, documentOf(name), { file: upload('x') })).codes]).toEqual([name, ['UNAUTHENTICATED']])
    })
  })

  test('of the viewer are refused as data or as a request error, with feature, end and a sentence, and nothing is changed', async () => {
    const before = await counts()
    await during(CRITICAL, async () => {
      const refused = resultOf(await world.ask(ANA, START, { input: { type: 'SANDBOX_EXERCISE', input: {} } }))
      expect(refused).toEqual({
        __typename: 'FeatureBlockedError',
        code: 'FEATURE_BLOCKED',
        feature: 'API',
        message: expect.stringMatching(/^Nothing can be changed at the moment\. Read only during: Night shift\. It is expected to end at 20/),
        until: expect.stringMatching(/^20/),
        retryAfterSeconds: expect.any(Number),
      })
      const sale = await world.ask(SYNC, documentOf('createSale'))
      expect(sale.codes).toEqual(['FEATURE_BLOCKED'])
      expect(sale.errors?.[0]?.extensions).toMatchObject({ feature: 'API', until: expect.any(String), retryAfterSeconds: expect.any(Number) })
      expect(await counts()).toBe(before + 1)
    })
  })

  test('read, follow, control and report go on in CRITICAL', async () => {
    const mine = text(resultOf(await world.ask(ANA, START, { input: { type: 'SANDBOX_EXERCISE', input: {} } }))['operation']?.['id'])
    const theirs = text(resultOf(await world.ask(SYNC, OPEN, { input: { title: 'Sync' } }))['operation']?.['id'])
    await during(CRITICAL, async () => {
      expect((await world.ask(ANA, '{ operations { edges { node { id } } } systemStatus { level } }')).data?.['systemStatus']).toEqual({ level: 'CRITICAL' })
      const stream = await world.subscribe(ANA, 'subscription ($id: ID!) { operation(id: $id) { state } }', { id: mine })
      expect((await stream.next()).value).toMatchObject({ data: { operation: { state: 'QUEUED' } } })
      await stream.return()
      for (const [verb, state] of [
        ['pause', 'PAUSED'],
        ['resume', 'QUEUED'],
        ['cancel', 'CANCELED'],
      ] as const)
        expect(resultOf(await world.ask(ANA, CONTROL(verb), { input: { id: mine } }))).toMatchObject({ operation: { state } })
      expect(resultOf(await world.ask(ANA, CONTROL('retry', 'RetryOperationInput'), { input: { id: mine } }))).toMatchObject({ feature: 'API' })
      expect((await world.ask(SYNC, 'mutation ($id: ID!) { reportProgress(input: { id: $id, done: 1 }) { __typename } }', { id: theirs })).data).toEqual({
        reportProgress: { __typename: 'OperationPayload' },
      })
      expect(resultOf(await world.ask(SYNC, COMPLETE, { id: theirs }))['__typename']).toBe('OperationPayload')
    })
  })
})

describe('operation types with a gate', () => {
  const id = (answer: Loose) => text(answer['operation']?.['id'])
  const start = async (who: Viewer, input: object = {}) => resultOf(await world.ask(who, TALK, { input }))

  test('say so in their definition', async () => {
    const { data } = await world.ask(ANA, '{ operationDefinitions { type gate startable } }')
    const definitions = data?.['operationDefinitions'] as unknown as { readonly type: string; readonly gate: string | null }[]
    expect(definitions.filter(({ gate }) => gate !== null)).toEqual([
      { type: 'TALK', gate: 'CHAT', startable: true },
      { type: 'JEALOUS', gate: 'CHAT', startable: true },
    ])
  })

  test('are refused while their owner has no chat, and to nobody else; what blocks the chat is not in its own way', async () => {
    const carl = viewer('carl')
    const connecting = resultOf(await world.ask(carl, `mutation { result: startShopConnection(input: {}) { ${BLOCKED} } }`))
    expect(connecting['__typename']).toBe('OperationPayload')
    expect(await start(carl)).toMatchObject({ __typename: 'FeatureBlockedError', feature: 'CHAT', message: expect.stringContaining('Store connection') })
    expect(resultOf(await world.ask(carl, START, { input: { type: 'TALK', input: {} } }))).toMatchObject({ feature: 'CHAT' })
    // A service that acts for a user meets that user's block, not its own; an administrator too, because what is blocked can't work.
    for (const who of [SYNC, ADMIN]) {
      expect(await start(who, { ownerId: 'carl' })).toMatchObject({ feature: 'CHAT' })
      expect(await start(who, { ownerId: 'dora' })).toMatchObject({ __typename: 'OperationPayload' })
    }
    expect(await start(BOB)).toMatchObject({ __typename: 'OperationPayload' })
    expect((await start(BOB, { ownerId: 'carl' }))['__typename']).toBe('ForbiddenError')
    expect((await world.ask(carl, 'mutation { publishNoteEvent(input: { type: WRITTEN, data: { words: "hi" } }) { __typename } }')).codes).toEqual([
      'FEATURE_BLOCKED',
    ])
    await world.ask(carl, CONTROL('cancel'), { input: { id: id(connecting) } })
    expect(await start(carl)).toMatchObject({ __typename: 'OperationPayload' })
  })

  test('can not be resumed or retried while it is blocked, but paused and canceled', async () => {
    const eve = viewer('eve')
    const [first, second] = [id(await start(eve)), id(await start(eve))]
    await during(CHAT_FOR_ALL, async () => {
      expect(resultOf(await world.ask(eve, CONTROL('pause'), { input: { id: first } }))).toMatchObject({ operation: { state: 'PAUSED' } })
      expect(resultOf(await world.ask(eve, CONTROL('resume'), { input: { id: first } }))).toMatchObject({ feature: 'CHAT' })
      expect(resultOf(await world.ask(eve, CONTROL('cancel'), { input: { id: second } }))).toMatchObject({ operation: { state: 'CANCELED' } })
      expect(resultOf(await world.ask(eve, CONTROL('retry', 'RetryOperationInput'), { input: { id: second } }))).toMatchObject({ feature: 'CHAT' })
    })
    expect(resultOf(await world.ask(eve, CONTROL('resume'), { input: { id: first } }))).toMatchObject({ operation: { state: 'QUEUED' } })
    expect(resultOf(await world.ask(eve, CONTROL('retry', 'RetryOperationInput'), { input: { id: second } }))).toMatchObject({ operation: { state: 'QUEUED' } })
  })

  test('answer a repetition, and the operation that blocks its own gate can be resumed', async () => {
    const fay = viewer('fay')
    const jealousy = `mutation ($input: StartJealousInput!) { result: startJealous(input: $input) { ${BLOCKED} } }`
    const first = resultOf(await world.ask(fay, jealousy, { input: { idempotencyKey: 'k' } }))
    expect(resultOf(await world.ask(fay, jealousy, { input: { idempotencyKey: 'k' } }))).toMatchObject({ replayed: true, operation: { id: id(first) } })
    expect(resultOf(await world.ask(fay, jealousy, { input: { idempotencyKey: 'other' } }))).toMatchObject({ feature: 'CHAT' })
    await world.ask(fay, CONTROL('pause'), { input: { id: id(first) } })
    expect(resultOf(await world.ask(fay, CONTROL('resume'), { input: { id: id(first) } }))).toMatchObject({ operation: { state: 'QUEUED' } })
    await world.ask(fay, CONTROL('cancel'), { input: { id: id(first) } })
    const again = { title: 'Night shift', estimateSeconds: 600, impact: CRITICAL, idempotencyKey: 'night' }
    const opened = resultOf(await world.ask(SYNC, OPEN, { input: again }))
    expect(resultOf(await world.ask(SYNC, OPEN, { input: again }))).toMatchObject({ replayed: true, operation: { id: id(opened) } })
    await world.ask(SYNC, COMPLETE, { id: id(opened) })
  })

  test('that were accepted before run on, and a warning lets everything pass', async () => {
    const gil = viewer('gil')
    const accepted = id(await start(gil, { runAt: new Date(Date.now() + 3_600_000) }))
    await during(CHAT_FOR_ALL, async () =>
      expect((await world.ask(gil, '{ operations { edges { node { id state } } } }')).data).toMatchObject({
        operations: { edges: [{ node: { id: accepted, state: 'QUEUED' } }] },
      }),
    )
    await during({ level: 'DEGRADED', warns: ['CHAT', 'API'], scope: 'EVERYBODY' }, async () =>
      expect(await start(gil)).toMatchObject({ __typename: 'OperationPayload' }),
    )
  })

  test('are refused before a byte of a file is taken', async () => {
    const file = upload('x'.repeat(1_000))
    let isRead = false
    const watched = {
      ...file,
      stream: () => {
        isRead = true
        return file.stream()
      },
    }
    await during(CRITICAL, async () => {
      const refused = await world.ask(ANA, `mutation ($file: File!) { result: startStatementImport(input: { file: $file }) { ${BLOCKED} } }`, { file: watched })
      expect(resultOf(refused)).toMatchObject({ __typename: 'FeatureBlockedError', feature: 'API' })
    })
    expect(isRead).toBe(false)
  })

  test('are refused together with whatever else a request asks, once the first of it has closed the gate', async () => {
    const hal = viewer('hal')
    const { data } = await world.ask(hal, `mutation { connect: startShopConnection(input: {}) { ${BLOCKED} } talk: startTalk(input: {}) { ${BLOCKED} } }`)
    expect(data).toMatchObject({ connect: { __typename: 'OperationPayload' }, talk: { __typename: 'FeatureBlockedError' } })
    const many = await Promise.all(Array.from({ length: 20 }, () => start(hal)))
    expect(new Set(many.map((answer) => answer['__typename']))).toEqual(new Set(['FeatureBlockedError']))
  })
})

describe('SYSTEM_MAINTENANCE', () => {
  const MAINTAIN = `mutation { result: startSystemMaintenance(input: { reason: "Monthly" }) { ${BLOCKED} ... on ForbiddenError { message } } }`

  test('is started by administrators only, and blocks the chat of everybody and all changes until it is done', async () => {
    for (const who of [ANA, SYNC]) expect(resultOf(await world.ask(who, MAINTAIN))['__typename']).toBe('ForbiddenError')
    const started = resultOf(await world.ask(ADMIN, MAINTAIN))
    const id = text(started['operation']?.['id'])
    const status = async (who: Viewer) => (await world.ask(who, '{ systemStatus { level features { feature mode allowed } } }')).data?.['systemStatus']
    expect(await status(BOB)).toMatchObject({
      level: 'CRITICAL',
      features: [
        { feature: 'CHAT', mode: 'BLOCKED', allowed: false },
        { feature: 'API', mode: 'READ_ONLY', allowed: false },
      ],
    })
    expect(resultOf(await world.ask(BOB, TALK, { input: {} }))).toMatchObject({ feature: 'API' })
    expect(resultOf(await world.ask(ADMIN, TALK, { input: {} }))).toMatchObject({ feature: 'CHAT' })
    await world.ask(ADMIN, CONTROL('cancel'), { input: { id } })
    await expect
      .poll(async () => (await world.ask(ADMIN, 'query ($id: ID!) { operation(id: $id) { state } }', { id })).data?.['operation']?.['state'])
      .toMatch(/CANCEL/)
  })
})
