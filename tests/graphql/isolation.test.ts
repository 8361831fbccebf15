import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, BOB, type Loose, SYNC, statement, text, until, upload } from './api-world.ts'
import { type PlantedStore, plantedParts, plantStore } from './planted-stores.ts'

/**
 * Nobody sees or changes what is another's. Every root field of the schema has a case here: what it answers to a stranger, asked
 * with the ids of somebody else. A field without a case fails.
 */
let world: ApiWorld
let store: PlantedStore
/** Ids of what belongs to Ana; the sale is an administrator's, and the maintenance is for a tenant that is nobody's here. */
let ids: Record<'operation' | 'running' | 'import' | 'batch' | 'external' | 'rule' | 'sale' | 'notification' | 'destination' | 'window', string>

beforeAll(async () => {
  world = await apiWorld({ storeParts: plantedParts(() => world.database) })
  store = await plantStore(world.database, { ownerId: 'ana' })
  const idOf = async (viewer: Viewer, field: string, variables: object = {}, types = ''): Promise<string> => {
    const { data, errors } = await world.ask(
      viewer,
      `mutation ${types} { start: ${field} { __typename ... on OperationPayload { operation { id } } ... on Error { message } } }`,
      variables,
    )
    const id = data?.start?.operation?.id
    if (!id) throw new Error(JSON.stringify(data ?? errors))
    return text(id)
  }
  const inboxStart = (await world.ask(ANA, '{ notifications { cursor } }')).data?.notifications?.cursor
  const operation = await idOf(ANA, 'startSandboxExercise(input: { items: 1, itemMs: 0, title: "of Ana", idempotencyKey: "key" })')
  const running = await idOf(ANA, 'startSandboxExercise(input: { items: 100000, itemMs: 5000, title: "of Ana" })')
  const external = await idOf(SYNC, 'openExternalOperation(input: { title: "of Ana", ownerId: "ana", deadlineSeconds: 3600 })')
  const imported = await idOf(ANA, 'startStatementImport(input: { file: $file, title: "of Ana" })', { file: upload(statement(3)) }, '($file: File!)')
  const done = await world.subscribe(ANA, 'subscription ($id: ID!) { operation(id: $id) { done ... on StatementImportOperation { batch { id } } } }', {
    id: imported,
  })
  const batch = text((await until(done, (frame) => frame.operation?.done === (true as unknown as Loose))).operation?.batch?.id)
  await done.return()
  const made = await world.ask(
    ADMIN,
    'mutation { setCategoryRule(input: { pattern: "shop", category: "Shops" }) { ... on CategoryRulePayload { rule { id } } } }',
  )
  const sold = await world.ask(ADMIN, `mutation { checkoutSale(input: ${saleInput('R-1')}) { ... on SalePayload { sale { id } } } }`)
  const sale = text(sold.data?.checkoutSale?.sale?.id)
  const planned = await world.ask(
    ADMIN,
    'mutation { planMaintenance(input: { reason: "x", tenantId: "acme", blocks: [CHAT] }) { ... on MaintenancePayload { window { id } } } }',
  )
  const added = await world.ask(
    ANA,
    'mutation { addNotificationDestination(input: { channel: WEBHOOK, address: "https://hooks.example.com/ana" }) { ... on NotificationDestinationPayload { destination { id } } } }',
  )
  const inbox = await world.subscribe(
    ANA,
    'subscription ($after: Cursor) { notifications(after: $after) { ... on NotificationFrame { notification { id operation { id } } } } }',
    { after: inboxStart },
  )
  const told = await until(inbox, (frame) => text(frame.notifications?.notification?.operation?.id) === imported)
  await inbox.return()
  ids = {
    sale,
    operation,
    running,
    external,
    import: imported,
    batch,
    rule: text(made.data?.setCategoryRule?.rule?.id),
    notification: text(told.notifications?.notification?.id),
    destination: text(added.data?.addNotificationDestination?.destination?.id),
    window: text(planned.data?.planMaintenance?.window?.id),
  }
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const saleInput = (reference: string) =>
  `{ reference: "${reference}", customer: "Ana", channel: STORE, currency: "USD", lines: [{ sku: "A", name: "A", quantity: 1, unitPrice: "1" }] }`

const NOT_FOUND = { __typename: 'NotFoundError', code: 'NOT_FOUND' }
const FORBIDDEN = { __typename: 'ForbiddenError', code: 'FORBIDDEN' }
const RESULT = '{ __typename ... on Error { code } ... on OperationPayload { operation { owner { id } } } }'

interface Case {
  /** Selection of the field, with Ana's ids. */
  readonly field: () => string
  /** What Bob gets. */
  readonly bob: unknown
  /** For the service that opened `external`, where it differs. */
  readonly service?: unknown
  /** Who is refused with a request error, FORBIDDEN or `refusal`. */
  readonly refused?: readonly Viewer[]
  /** What the request error says instead. */
  readonly refusal?: string
}

const own = { __typename: 'OperationPayload', operation: { owner: { id: 'bob' } } }
const ownOf = (id: string) => ({ __typename: 'OperationPayload', operation: { owner: { id } } })
const control = (name: string): Case => ({ field: () => `${name}(input: { id: "${ids.running}" }) ${RESULT}`, bob: NOT_FOUND })

const SALE_RESULT = '{ __typename ... on Error { code } ... on SaleReferenceConflictError { existingSale { id } } }'
const SOLD = { __typename: 'SalePayload' }
const TAKEN = { __typename: 'SaleReferenceConflictError', code: 'IDEMPOTENCY_CONFLICT', existingSale: null }
const changeOfSale = (name: string, change: string): Case => ({
  field: () => `${name}(input: { saleId: "${ids.sale}", ${change} }) ${SALE_RESULT}`,
  bob: FORBIDDEN,
  service: NOT_FOUND,
})

/** One of the questions that a user may ask about themselves only. */
const ofAna = (field: string): Case => ({ field: () => field, bob: null, refused: [BOB, SYNC] })
const ERROR = '{ __typename ... on Error { code } }'

const QUERIES: Record<string, Case> = {
  viewer: { field: () => 'viewer { id }', bob: { id: 'bob' }, service: { id: 'sync' } },
  node: { field: () => `node(id: "${ids.batch}") { id }`, bob: null },
  nodes: {
    field: () =>
      `nodes(ids: ["${ids.operation}", "${ids.import}", "${ids.batch}", "${ids.external}", "${ids.notification}", "${store.id}", "${store.products[0]}", "${store.order}", "${store.customer}"]) { __typename }`,
    bob: [null, null, null, null, null, null, null, null, null],
    service: [null, null, null, { __typename: 'ExternalOperation' }, null, { __typename: 'Store' }, { __typename: 'Product' }, null, null],
  },
  operation: { field: () => `operation(id: "${ids.running}") { id }`, bob: null },
  operations: {
    field: () => 'operations(filter: { ownerId: "ana", includeBatchDeleted: true }) { edges { node { __typename } } }',
    bob: { edges: [] },
    service: { edges: [{ node: { __typename: 'ExternalOperation' } }] },
  },
  operationDefinitions: { field: () => 'operationDefinitions { __typename }', bob: Array.from({ length: 10 }, () => ({ __typename: 'OperationDefinition' })) },
  operationMetrics: { field: () => 'operationMetrics { total }', bob: { total: 0 } },
  statementBatches: { field: () => 'statementBatches { edges { node { id } } }', bob: { edges: [] } },
  statementBatch: { field: () => `statementBatch(id: "${ids.batch}") { id }`, bob: null },
  sale: { field: () => `sale(id: "${ids.sale}") { id }`, bob: null, refused: [BOB] },
  sales: { field: () => 'sales { edges { node { id } } }', bob: null, refused: [BOB], service: { edges: [] } },
  salesInbox: { field: () => 'salesInbox { unseenCount }', bob: null, refused: [BOB, SYNC] },
  systemStatus: { field: () => 'systemStatus(userId: "ana") { __typename }', bob: null, refused: [BOB], service: { __typename: 'SystemStatus' } },
  notifications: {
    field: () => 'notifications(filter: { types: [STATEMENT_IMPORT, EXTERNAL], dismissed: null }) { unseenCount edges { node { id } } }',
    bob: { unseenCount: 0, edges: [] },
  },
  categoryRules: { field: () => 'categoryRules { category }', bob: [{ category: 'Shops' }] },
  featureAccess: {
    field: () => 'featureAccess(feature: CHAT, userId: "ana") { feature }',
    bob: null,
    refused: [BOB],
    service: { feature: 'CHAT' },
  },
  statusWindows: { field: () => 'statusWindows { edges { node { id } } }', bob: { edges: [] } },
  notificationDestinations: ofAna('notificationDestinations(userId: "ana") { id }'),
  notificationPreferences: ofAna('notificationPreferences(userId: "ana") { enabled }'),
  store: { field: () => `store(id: "${store.id}") { name orders { edges { cursor } } }`, bob: null, service: { name: 'Bonsai', orders: null } },
  stores: {
    field: () => 'stores(ownerId: "ana") { edges { node { name customers { edges { cursor } } } } }',
    bob: { edges: [] },
    service: { edges: [{ node: { name: 'Bonsai', customers: null } }] },
  },
  searchStore: { field: () => `searchStore(storeId: "${store.id}", query: "remera") { score }`, bob: null, refused: [BOB], refusal: 'NOT_FOUND', service: [] },
  quietHours: ofAna('quietHours(userId: "ana") { timeZone }'),
  chatMessages: { field: () => `chatMessages(storeId: "${store.id}") { edges { node { id } } }`, bob: null, refused: [BOB, SYNC], refusal: 'NOT_FOUND' },
}

const ofDestination = (name: string): Case => ({ field: () => `${name}(input: { destinationId: "${ids.destination}" }) ${ERROR}`, bob: NOT_FOUND })

/** A service acts for the owner, and says so. */
const ofStore = (name: string, more = ''): Case => ({
  field: () => `${name}(input: { storeId: "${store.id}"${more} }) ${ERROR}`,
  bob: NOT_FOUND,
  service: { __typename: 'InvalidInputError', code: 'INVALID_INPUT' },
})

const MUTATIONS: Record<string, Case> = {
  pauseOperation: control('pauseOperation'),
  resumeOperation: control('resumeOperation'),
  cancelOperation: control('cancelOperation'),
  retryOperation: control('retryOperation'),
  startOperation: {
    field: () => `startOperation(input: { type: SANDBOX_EXERCISE, input: {}, ownerId: "ana" }) ${RESULT}`,
    bob: FORBIDDEN,
    service: ownOf('ana'),
  },
  startSandboxExercise: {
    field: () => `startSandboxExercise(input: { items: 1, itemMs: 0, idempotencyKey: "key" }) ${RESULT}`,
    bob: own,
    service: ownOf('sync'),
  },
  startStatementImport: { field: () => `startStatementImport(input: { file: $file, ownerId: "ana" }) ${RESULT}`, bob: FORBIDDEN, service: ownOf('ana') },
  startStatementRecategorization: { field: () => `startStatementRecategorization(input: { batchId: "${ids.batch}" }) ${RESULT}`, bob: NOT_FOUND },
  openExternalOperation: { field: () => `openExternalOperation(input: { title: "x", ownerId: "ana" }) ${RESULT}`, bob: FORBIDDEN, service: ownOf('ana') },
  reportProgress: { field: () => `reportProgress(input: { id: "${ids.external}", done: 1 }) ${RESULT}`, bob: NOT_FOUND, service: ownOf('ana') },
  failOperation: { field: () => `failOperation(input: { id: "${ids.running}", code: "X", message: "x" }) ${RESULT}`, bob: NOT_FOUND },
  completeOperation: { field: () => `completeOperation(input: { id: "${ids.import}" }) ${RESULT}`, bob: NOT_FOUND },
  deleteStatementBatch: { field: () => `deleteStatementBatch(input: { id: "${ids.batch}" }) { __typename ... on Error { code } }`, bob: NOT_FOUND },
  setCategoryRule: {
    field: () => `setCategoryRule(input: { id: "${ids.rule}", pattern: "x", category: "x" }) { __typename ... on Error { code } }`,
    bob: FORBIDDEN,
  },
  deleteCategoryRule: { field: () => `deleteCategoryRule(input: { id: "${ids.rule}" }) { __typename ... on Error { code } }`, bob: FORBIDDEN },
  revokeAccess: { field: () => 'revokeAccess(input: { userId: "ana", reason: "x" }) { __typename ... on Error { code } }', bob: FORBIDDEN },
  createSale: { field: () => `createSale(input: ${saleInput('R-2')}) ${SALE_RESULT}`, bob: FORBIDDEN, service: SOLD },
  checkoutSale: { field: () => `checkoutSale(input: ${saleInput('R-1')}) ${SALE_RESULT}`, bob: FORBIDDEN, service: TAKEN },
  confirmPayment: changeOfSale('confirmPayment', 'paymentReference: "P-1"'),
  updateSale: changeOfSale('updateSale', 'customer: "Bob"'),
  cancelSale: changeOfSale('cancelSale', 'reason: "x"'),
  closeGate: { field: () => `closeGate(input: { feature: CHAT, reason: "x" }) ${ERROR}`, bob: FORBIDDEN },
  openGate: { field: () => `openGate(input: { feature: CHAT }) ${ERROR}`, bob: FORBIDDEN },
  planMaintenance: { field: () => `planMaintenance(input: { reason: "x", tenantId: "acme" }) ${ERROR}`, bob: FORBIDDEN },
  updateMaintenance: { field: () => `updateMaintenance(input: { id: "${ids.window}", reason: "x" }) ${ERROR}`, bob: FORBIDDEN },
  endMaintenance: { field: () => `endMaintenance(input: { id: "${ids.window}" }) ${ERROR}`, bob: FORBIDDEN },
  startStoreConnection: {
    field: () => `startStoreConnection(input: { name: "Toys", platform: SANDBOX }) ${RESULT}`,
    bob: own,
    service: ownOf('sync'),
  },
  startDataUpdate: ofStore('startDataUpdate'),
  startRagSync: ofStore('startRagSync'),
  startStoreReconnection: ofStore('startStoreReconnection'),
  startWhatsappSetup: ofStore('startWhatsappSetup', ', phone: "+5491123456789"'),
  refreshStores: {
    field: () => 'refreshStores(input: {}) { ... on RefreshStoresPayload { operations { id } alreadyRunning { id } } }',
    bob: { operations: [], alreadyRunning: [] },
  },
  createStoreInstallLink: {
    field: () => `createStoreInstallLink(input: { platform: TIENDANUBE, ownerId: "ana" }) ${ERROR}`,
    bob: FORBIDDEN,
    service: { __typename: 'CreateStoreInstallLinkPayload' },
  },
  renameStore: { field: () => `renameStore(input: { storeId: "${store.id}", name: "x" }) ${ERROR}`, bob: NOT_FOUND, service: FORBIDDEN },
  disconnectStore: { field: () => `disconnectStore(input: { storeId: "${store.id}", deleteData: true }) ${ERROR}`, bob: NOT_FOUND, service: FORBIDDEN },
  startSystemMaintenance: { field: () => `startSystemMaintenance(input: { reason: "x" }) ${ERROR}`, bob: FORBIDDEN },
  dismissNotification: { field: () => `dismissNotification(input: { id: "${ids.notification}" }) ${ERROR}`, bob: NOT_FOUND },
  dismissAllNotifications: {
    field: () => 'dismissAllNotifications(input: {}) { __typename }',
    bob: { __typename: 'DismissAllNotificationsPayload' },
  },
  markNotificationsSeen: {
    field: () => `markNotificationsSeen(input: { ids: ["${ids.notification}"] }) { __typename }`,
    bob: { __typename: 'MarkNotificationsSeenPayload' },
  },
  addNotificationDestination: {
    field: () => `addNotificationDestination(input: { channel: WEBHOOK, address: "https://hooks.example.com/x", userId: "ana" }) ${ERROR}`,
    bob: FORBIDDEN,
  },
  verifyNotificationDestination: {
    field: () => `verifyNotificationDestination(input: { destinationId: "${ids.destination}", code: "123456" }) ${ERROR}`,
    bob: NOT_FOUND,
  },
  resendNotificationCode: ofDestination('resendNotificationCode'),
  rotateWebhookSecret: ofDestination('rotateWebhookSecret'),
  sendTestNotification: ofDestination('sendTestNotification'),
  removeNotificationDestination: ofDestination('removeNotificationDestination'),
  setNotificationPreference: {
    field: () => `setNotificationPreference(input: { category: FAILURE, channel: EMAIL, enabled: false, userId: "ana" }) ${ERROR}`,
    bob: FORBIDDEN,
  },
  setNotificationDefault: {
    field: () => `setNotificationDefault(input: { category: FAILURE, channel: EMAIL, enabled: false }) ${ERROR}`,
    bob: FORBIDDEN,
  },
  setQuietHours: {
    field: () => `setQuietHours(input: { timeZone: "Europe/Madrid", from: "22:00", until: "07:00", userId: "ana" }) ${ERROR}`,
    bob: FORBIDDEN,
  },
  sendChatMessage: { field: () => `sendChatMessage(input: { storeId: "${store.id}", text: "remeras" }) ${ERROR}`, bob: NOT_FOUND },
  updateAgent: { field: () => `updateAgent(input: { storeId: "${store.id}", name: "x" }) ${ERROR}`, bob: NOT_FOUND, service: FORBIDDEN },
  markSalesSeen: { field: () => 'markSalesSeen { unseenCount }', bob: null, refused: [BOB, SYNC] },
}

const SUBSCRIPTIONS: Record<string, string> = {
  operation: 'subscription ($id: ID!) { operation(id: $id) { id } }',
  operationEvents: 'subscription ($id: ID!) { operationEvents(operationId: $id) { cursor } }',
  operations: 'subscription { operations(minIntervalMs: 50) { id title owner { id } } }',
  saleEvents: 'subscription { saleEvents { cursor } }',
  salesInbox: 'subscription { salesInbox { unseenCount } }',
  notifications: 'subscription { notifications { cursor } }',
  systemStatus: 'subscription { systemStatus(userId: "ana") { level } }',
  featureAccess: 'subscription { featureAccess(feature: CHAT, userId: "ana") { mode } }',
}

async function ask(viewer: Viewer | null, kind: 'query' | 'mutation', field: string) {
  const withFile = field.includes('$file')
  return world.ask(viewer, `${kind} ${withFile ? '($file: File!)' : ''} { ${field} }`, withFile ? { file: upload(statement(1)) } : {})
}

describe('every root field has a case', () => {
  test('of queries, mutations and subscriptions', () => {
    const names = (type: { getFields(): object } | null | undefined) => Object.keys(type?.getFields() ?? {}).toSorted()
    expect(names(world.schema.getQueryType())).toEqual(Object.keys(QUERIES).toSorted())
    expect(names(world.schema.getMutationType())).toEqual(Object.keys(MUTATIONS).toSorted())
    expect(names(world.schema.getSubscriptionType())).toEqual(Object.keys(SUBSCRIPTIONS).toSorted())
  })
})

describe('nobody', () => {
  test.each([...Object.keys(QUERIES).map((name) => ['query', name] as const), ...Object.keys(MUTATIONS).map((name) => ['mutation', name] as const)])(
    '%s %s demands a viewer',
    async (kind, name) => {
      const { data, codes } = await ask(null, kind, ((kind === 'query' ? QUERIES : MUTATIONS)[name] as Case).field())
      expect(codes).toEqual(['UNAUTHENTICATED'])
      expect(data?.[name] ?? null).toBeNull()
    },
  )

  test.each(Object.entries(SUBSCRIPTIONS))('subscription %s demands a viewer', async (_name, document) => {
    await expect(world.subscribe(null as unknown as Viewer, document, { id: ids.running })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('may ask for the schema', async () => {
    expect((await world.ask(null, '{ __typename __schema { queryType { name } } }')).data).toEqual({
      __typename: 'Query',
      __schema: { queryType: { name: 'Query' } },
    })
  })
})

/** Who takes the payment is often not who sold, so any service changes any sale whose id it knows. */
const OPEN_TO_SERVICES = ['confirmPayment', 'updateSale', 'cancelSale']

describe.each([
  ['a stranger', BOB],
  ['a service', SYNC],
] as const)('%s', (_who, viewer) => {
  test.each(Object.keys(QUERIES))('query %s shows nothing of another', async (name) => {
    const { field, bob, service, refused, refusal } = QUERIES[name] as Case
    const { data, codes } = await ask(viewer, 'query', field())
    expect(codes).toEqual(refused?.includes(viewer) ? [refusal ?? 'FORBIDDEN'] : [])
    expect(data?.[name] ?? null).toEqual(viewer === SYNC && service !== undefined ? service : bob)
  })

  test.each(Object.keys(MUTATIONS).filter((name) => viewer !== SYNC || !OPEN_TO_SERVICES.includes(name)))(
    'mutation %s changes nothing of another',
    async (name) => {
      const { field, bob, service, refused } = MUTATIONS[name] as Case
      const before = await snapshot()
      const { data, codes } = await ask(viewer, 'mutation', field())
      expect(codes).toEqual(refused?.includes(viewer) ? ['FORBIDDEN'] : [])
      expect(data?.[name] ?? null).toEqual(viewer === SYNC && service !== undefined ? service : bob)
      expect(await snapshot()).toEqual(before)
    },
  )

  test.each(['operation', 'operationEvents'])('subscription %s is refused before it begins', async (name) => {
    await expect(world.subscribe(viewer, SUBSCRIPTIONS[name] as string, { id: ids.running })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each(['saleEvents', 'salesInbox'])('subscription %s is for administrators', async (name) => {
    await expect(world.subscribe(viewer, SUBSCRIPTIONS[name] as string)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test.each(['systemStatus', 'featureAccess'])('subscription %s is about themselves, or asked by a service', async (name) => {
    const outcome = world.subscribe(viewer, SUBSCRIPTIONS[name] as string).then(
      (stream) => stream.return().then(() => 'begun'),
      (error: unknown) => (error as { readonly code: unknown }).code,
    )
    expect(await outcome).toBe(viewer === SYNC ? 'begun' : 'FORBIDDEN')
  })

  test('subscription operations shows their own only', async () => {
    const stream = await world.subscribe(viewer, SUBSCRIPTIONS['operations'] as string)
    const [others, mine] = [ANA, viewer].map((who) =>
      world.ask(who, 'mutation { startSandboxExercise(input: { items: 20, itemMs: 5, title: "mine" }) { __typename } }'),
    )
    await Promise.all([others, mine])
    const seen: string[] = []
    await until(stream, (frame) => {
      seen.push(text(frame.operations?.owner?.id))
      return text(frame.operations?.title) === 'mine'
    })
    expect([...new Set(seen)]).toEqual([viewer.id])
    await stream.return()
  })
})

/** What must not change: states and versions of Ana's operations, batch, sale and rules. */
async function snapshot(): Promise<unknown> {
  const { data } = await world.ask(
    ADMIN,
    'query ($running: ID!, $import: ID!, $batch: ID!, $sale: ID!, $window: ID!, $store: ID!) { store(id: $store) { name status updatedAt agent { name } activeOperation { id } } a: operation(id: $running) { state cursor } b: operation(id: $import) { state cursor } statementBatch(id: $batch) { acceptedCount } sale(id: $sale) { state version } categoryRules { id pattern category } window: node(id: $window) { ... on StatusWindow { version state } } notificationDestinations(userId: "ana") { id } notificationPreferences(userId: "ana") { category channel enabled } quietHours(userId: "ana") { timeZone } }',
    { ...ids, store: store.id },
  )
  const own = await world.ask(ANA, 'query ($id: ID!) { node(id: $id) { ... on Notification { version seenAt dismissedAt } } }', { id: ids.notification })
  return { ...data, notification: own.data?.node }
}

describe('an administrator', () => {
  test('sees and controls everything', async () => {
    const { data } = await world.ask(
      ADMIN,
      `{ ${Object.values(QUERIES)
        .map(({ field }) => field())
        .join(' ')} }`,
    )
    expect(data).toMatchObject({ node: { id: ids.batch }, operation: { id: ids.running }, statementBatch: { id: ids.batch }, sale: { id: ids.sale } })
    // All but the notification: nobody reads the inbox of another.
    const nodes = data?.nodes as unknown as readonly unknown[]
    expect(nodes.map((node) => node !== null)).toEqual([true, true, true, true, false, true, true, true, true])
    expect(data).toMatchObject({ store: { orders: { edges: [{}] } }, stores: { edges: [{ node: { customers: { edges: [{}] } } }] } })
    const canceled = await world.ask(ADMIN, `mutation { cancelOperation(input: { id: "${ids.running}", reason: "by root" }) { __typename } }`)
    expect(canceled.data?.cancelOperation).toEqual({ __typename: 'OperationPayload' })
  })
})

describe('a service', () => {
  test('sees the operation that it opened for a user, but may not control it', async () => {
    const { data } = await world.ask(SYNC, `{ operation(id: "${ids.external}") { title actions { enabled disabledReason } } }`)
    const actions = data?.operation?.actions as unknown as Loose[]
    expect(actions.map(({ enabled }) => enabled)).toEqual([false, false, false, false, false])
    expect(text(actions[0]?.disabledReason)).toMatch(/owner or an administrator/)
    const { data: control } = await world.ask(SYNC, `mutation { cancelOperation(input: { id: "${ids.external}" }) ${RESULT} }`)
    expect(control?.cancelOperation).toEqual(FORBIDDEN)
  })
})

describe('permissions of a start', () => {
  test('a user may not raise the priority above that of the definition', async () => {
    const raise = 'mutation { startSandboxExercise(input: { items: 1, priority: CRITICAL }) { __typename ... on Error { code message } } }'
    expect((await world.ask(BOB, raise)).data?.startSandboxExercise).toMatchObject(FORBIDDEN)
    expect((await world.ask(SYNC, raise)).data?.startSandboxExercise).toMatchObject({ __typename: 'OperationPayload' })
  })

  test('a type that this server refuses can not be started, and its definition says so', async () => {
    const other = await apiWorld({ refusedTypes: new Map([['SANDBOX_EXERCISE', 'Simulated work is switched off on this server.']]), works: false })
    const { data } = await other.ask(ADMIN, 'mutation { startSandboxExercise(input: { items: 1 }) { __typename ... on Error { message } } }')
    expect(data?.startSandboxExercise).toEqual({ __typename: 'ForbiddenError', message: 'Simulated work is switched off on this server.' })
    const definitions = await other.ask(ADMIN, '{ operationDefinitions { type startable } }')
    expect(definitions.data?.operationDefinitions).toContainEqual({ type: 'SANDBOX_EXERCISE', startable: false })
    await other.close()
  })
})
