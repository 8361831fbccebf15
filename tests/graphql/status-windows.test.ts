import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createViewer, type Viewer } from '../../src/auth/viewer.ts'
import { MOST_OPEN_WINDOWS } from '../../src/status/status-windows.ts'
import { databaseKinds } from '../setup/databases.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, until } from './api-world.ts'

const WINDOW = 'id kind reason level blocks readOnly warns tenantId startsAt plannedEndAt endedAt state version createdBy { id }'
const ERROR = '... on Error { code message } ... on InvalidInputError { issues { path message } }'
const CLOSE = `mutation ($input: CloseGateInput!) { result: closeGate(input: $input) { __typename ${ERROR} ... on CloseGatePayload { window { ${WINDOW} } } } }`
const OPEN = `mutation ($input: OpenGateInput!) { result: openGate(input: $input) { __typename ${ERROR}
  ... on OpenGatePayload { windows { ${WINDOW} } access { mode allowed causes { title } } } } }`
const MAINTENANCE = `__typename ${ERROR} ... on MaintenancePayload { replayed window { ${WINDOW} } } ... on StatusWindowStateError { window { id state } }
  ... on StatusWindowVersionConflictError { window { id version } } ... on StatusWindowIdempotencyConflictError { window { id } }`
const PLAN = `mutation ($input: PlanMaintenanceInput!) { result: planMaintenance(input: $input) { ${MAINTENANCE} } }`
const UPDATE = `mutation ($input: UpdateMaintenanceInput!) { result: updateMaintenance(input: $input) { ${MAINTENANCE} } }`
const END = `mutation ($input: EndMaintenanceInput!) { result: endMaintenance(input: $input) { ${MAINTENANCE} } }`
const LIST = `query ($state: StatusWindowState, $first: Int, $after: String) { statusWindows(filter: { state: $state }, first: $first, after: $after) {
  edges { node { ${WINDOW} } } pageInfo { hasNextPage endCursor } } }`
const ACCESS =
  'query ($feature: Feature!, $userId: ID) { featureAccess(feature: $feature, userId: $userId) { mode allowed reason until retryAfterSeconds causes { title window { id } } } }'
const STATUS =
  '{ systemStatus { level message estimatedRestorationAt causes { title type window { reason createdBy { id } } } upcoming { reason state createdBy { id } } } }'

const inTenant = (id: string, tenantId: string): Viewer => createViewer({ id, roles: ['USER'], tenantId })
const from = (ms: number): string => new Date(Date.now() + ms).toISOString()
const HOUR = 3_600_000
const YEAR = 367 * 24 * HOUR

describe.each(databaseKinds)('gates and maintenances on %s', (kind) => {
  let world: ApiWorld
  beforeAll(async () => {
    world = await apiWorld({ works: false, kind })
  })
  afterAll(async () => {
    expect(world.hidden).toEqual([])
    await world.close()
  })
  afterEach(async () => {
    for (const state of ['ACTIVE', 'SCHEDULED']) {
      for (let open = await list(ADMIN, { state }); open.length > 0; open = await list(ADMIN, { state })) await endAll(open)
    }
  })
  const endAll = async (windows: readonly Loose[]) => {
    for (const window of windows) {
      const tenantId = window['tenantId'] as unknown
      if (text(window['kind']) === 'MAINTENANCE') await run(ADMIN, END, { id: window['id'] })
      else for (const feature of ['CHAT', 'API']) await run(ADMIN, OPEN, { feature, tenantId })
    }
  }

  const run = async (viewer: Viewer, document: string, input: object): Promise<Loose> => {
    const { data, errors } = await world.ask(viewer, document, { input })
    expect(errors).toBeUndefined()
    return data?.['result'] as Loose
  }
  const list = async (viewer: Viewer, variables: object): Promise<readonly Loose[]> => {
    const { data } = await world.ask(viewer, LIST, variables)
    const { edges } = (data as Loose)['statusWindows'] as unknown as { readonly edges: readonly Loose[] }
    return edges.map((edge) => edge['node'] as Loose)
  }
  const access = async (viewer: Viewer, feature: string, userId?: string): Promise<Loose> =>
    (await world.ask(viewer, ACCESS, { feature, userId })).data?.['featureAccess'] as Loose
  const status = async (viewer: Viewer): Promise<Loose> => (await world.ask(viewer, STATUS)).data?.['systemStatus'] as Loose

  test('are steered by administrators only', async () => {
    const wishes: readonly (readonly [string, object])[] = [
      [CLOSE, { feature: 'CHAT', reason: 'No' }],
      [OPEN, { feature: 'CHAT' }],
      [PLAN, { reason: 'No' }],
      [UPDATE, { id: 'window_01jd3k0000000000000000000a' }],
      [END, { id: 'window_01jd3k0000000000000000000a' }],
    ]
    for (const viewer of [ANA, SYNC]) {
      for (const [document, input] of wishes) expect(await run(viewer, document, input)).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' })
    }
    for (const [document, input] of wishes) expect((await world.ask(null, document, { input })).codes).toEqual(['UNAUTHENTICATED'])
    expect(await list(ADMIN, {})).toEqual([])
  })

  test('close a feature for everybody until it is opened, and say what still restricts it', async () => {
    const closed = await run(ADMIN, CLOSE, { feature: 'CHAT', reason: 'Chat is being moved' })
    expect(closed).toMatchObject({
      window: {
        kind: 'GATE',
        level: 'MAINTENANCE',
        blocks: ['CHAT'],
        warns: [],
        tenantId: null,
        endedAt: null,
        state: 'ACTIVE',
        version: 1,
        createdBy: { id: 'root' },
      },
    })
    for (const viewer of [ANA, SYNC, ADMIN]) {
      expect(await access(viewer, 'CHAT')).toMatchObject({
        mode: 'BLOCKED',
        allowed: false,
        reason: 'Blocked by: Chat is being moved; when it ends is not known (it ends by hand).',
        retryAfterSeconds: null,
      })
      expect(await access(viewer, 'API')).toMatchObject({ mode: 'AVAILABLE' })
    }
    // Again: the same gate, as it is to be now.
    const again = await run(ADMIN, CLOSE, { feature: 'CHAT', mode: 'READ_ONLY', reason: 'Only a while', until: from(HOUR) })
    expect(again).toMatchObject({ window: { id: closed['window']?.['id'], version: 2, blocks: [], readOnly: ['CHAT'] } })
    const now = await access(ANA, 'CHAT')
    expect(now).toMatchObject({ mode: 'READ_ONLY', reason: 'Read only during: Only a while.' })
    expect(Number(now['retryAfterSeconds'])).toBeGreaterThan(3_500)
    await run(ADMIN, PLAN, { reason: 'Slow day', level: 'DEGRADED' })
    const opened = await run(ADMIN, OPEN, { feature: 'CHAT' })
    expect(opened).toMatchObject({ windows: [{ state: 'ENDED', endedAt: expect.any(String) }], access: { mode: 'WARNING', causes: [{ title: 'Slow day' }] } })
    expect(await run(ADMIN, OPEN, { feature: 'CHAT' })).toMatchObject({ windows: [] })
  })

  test('reach one tenant, and nobody else sees them or who made them', async () => {
    const closed = await run(ADMIN, CLOSE, { feature: 'API', mode: 'WARNING', reason: 'For acme', tenantId: 'acme' })
    const id = closed['window']?.['id']
    const [dora, emil] = [inTenant('dora', 'acme'), inTenant('emil', 'other')]
    expect([await access(dora, 'API'), await access(emil, 'API'), await access(ANA, 'API')]).toMatchObject([
      { mode: 'WARNING', allowed: true },
      { mode: 'AVAILABLE' },
      { mode: 'AVAILABLE' },
    ])
    expect(await list(dora, { state: 'ACTIVE' })).toMatchObject([{ id, reason: 'For acme', createdBy: null }])
    expect(await list(emil, { state: 'ACTIVE' })).toEqual([])
    const NODE = 'query ($id: ID!) { node(id: $id) { ... on StatusWindow { reason createdBy { id } } } }'
    const nodes = await Promise.all([ADMIN, dora, emil].map(async (viewer) => (await world.ask(viewer, NODE, { id })).data?.['node']))
    expect(nodes).toEqual([{ reason: 'For acme', createdBy: { id: 'root' } }, { reason: 'For acme', createdBy: null }, null])
    expect((await status(dora))['causes']).toEqual([{ title: 'For acme', type: null, window: { reason: 'For acme', createdBy: null } }])
  })

  test('plan a maintenance, once per key, and change it, until it has ended', async () => {
    const input = { reason: 'Upgrade', from: from(HOUR), until: from(2 * HOUR), blocks: ['CHAT'], idempotencyKey: `upgrade ${kind}` }
    const planned = await run(ADMIN, PLAN, input)
    const id = text(planned['window']?.['id'])
    expect(planned).toMatchObject({ replayed: false, window: { kind: 'MAINTENANCE', state: 'SCHEDULED', level: 'MAINTENANCE', blocks: ['CHAT'], warns: [] } })
    expect(await run(ADMIN, PLAN, input)).toMatchObject({ replayed: true, window: { id } })
    expect(await run(ADMIN, PLAN, { ...input, reason: 'Other' })).toMatchObject({ __typename: 'StatusWindowIdempotencyConflictError', window: { id } })
    expect(await status(ANA)).toMatchObject({ level: 'OPERATIONAL', upcoming: [{ reason: 'Upgrade', state: 'SCHEDULED', createdBy: null }] })
    expect(await status(ADMIN)).toMatchObject({ upcoming: [{ createdBy: { id: 'root' } }] })
    expect(await run(ADMIN, UPDATE, { id, expectedVersion: 7, reason: 'Late' })).toMatchObject({
      __typename: 'StatusWindowVersionConflictError',
      window: { version: 1 },
    })
    expect(await run(ADMIN, UPDATE, { id, from: from(-HOUR), until: null })).toMatchObject({ window: { state: 'ACTIVE', version: 2, plannedEndAt: null } })
    expect(await status(ANA)).toMatchObject({
      level: 'MAINTENANCE',
      estimatedRestorationAt: null,
      message: 'maintenance: Upgrade; when it ends is not known (it ends by hand)',
      upcoming: [],
    })
    expect(await run(ADMIN, UPDATE, { id, from: from(HOUR) })).toMatchObject({ __typename: 'StatusWindowStateError', window: { state: 'ACTIVE' } })
    expect(await run(ADMIN, UPDATE, { id, until: from(HOUR) })).toMatchObject({ window: { plannedEndAt: expect.any(String) } })
    expect(await run(ADMIN, END, { id })).toMatchObject({ replayed: false, window: { state: 'ENDED' } })
    expect(await run(ADMIN, END, { id })).toMatchObject({ replayed: true, window: { state: 'ENDED' } })
    expect(await run(ADMIN, UPDATE, { id, reason: 'Again' })).toMatchObject({ __typename: 'StatusWindowStateError' })
    expect(await status(ANA)).toMatchObject({ level: 'OPERATIONAL' })
    const gate = await run(ADMIN, CLOSE, { feature: 'CHAT', reason: 'Closed' })
    expect(await run(ADMIN, END, { id: gate['window']?.['id'] })).toMatchObject({ __typename: 'StatusWindowStateError' })
    expect(await run(ADMIN, END, { id: 'operation_01jd3k0000000000000000000a' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await run(ADMIN, UPDATE, { id: 'window_01jd3k0000000000000000000a' })).toMatchObject({ __typename: 'NotFoundError' })
  })

  test('are called off before they begin', async () => {
    const planned = await run(ADMIN, PLAN, { reason: 'Never', from: from(HOUR) })
    expect(await run(ADMIN, END, { id: planned['window']?.['id'] })).toMatchObject({ window: { state: 'ENDED' } })
    expect(await status(ANA)).toMatchObject({ level: 'OPERATIONAL', upcoming: [] })
  })

  test.each<[string, string, object, string]>([
    ['an empty reason', CLOSE, { feature: 'CHAT', reason: ' ' }, 'input.reason'],
    ['a long reason', PLAN, { reason: 'x'.repeat(501) }, 'input.reason'],
    ['a NUL in a reason', PLAN, { reason: 'a\u0000b' }, 'input.reason'],
    ['an end in the past', CLOSE, { feature: 'CHAT', reason: 'No', until: from(-HOUR) }, 'input.until'],
    ['an end before the begin', PLAN, { reason: 'No', from: from(2 * HOUR), until: from(HOUR) }, 'input.until'],
    ['a begin in more than a year', PLAN, { reason: 'No', from: from(YEAR) }, 'input.from'],
    ['an end in more than a year', PLAN, { reason: 'No', until: from(YEAR) }, 'input.until'],
    ['a level that affects nobody', PLAN, { reason: 'No', level: 'OPERATIONAL' }, 'input.level'],
    ['a feature many times', PLAN, { reason: 'No', blocks: ['CHAT', 'CHAT', 'CHAT'] }, 'input.blocks'],
    ['an empty tenant', OPEN, { feature: 'CHAT', tenantId: '' }, 'input.tenantId'],
    ['a version that can not be', UPDATE, { id: 'x', expectedVersion: 0 }, 'input.expectedVersion'],
  ])('refuse %s', async (_what, document, input, path) => {
    expect(await run(ADMIN, document, input)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path }] })
    expect(await list(ADMIN, { state: 'ACTIVE' })).toEqual([])
  })

  test('are so many at most, and are listed page by page', async () => {
    for (let count = 0; count < MOST_OPEN_WINDOWS; count += 1) await run(ADMIN, PLAN, { reason: `Day ${count}`, from: from(HOUR) })
    expect(await run(ADMIN, PLAN, { reason: 'One more', from: from(HOUR) })).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: 'input' }] })
    expect((await status(ANA))['upcoming']).toHaveLength(5)
    const reasons: string[] = []
    let after: unknown
    for (let page = 0; page < 3; page += 1) {
      const { data } = await world.ask(BOB, LIST, { state: 'SCHEDULED', first: 90, after })
      const { edges, pageInfo } = (data as Loose)['statusWindows'] as unknown as {
        edges: { node: { reason: string } }[]
        pageInfo: { endCursor: string; hasNextPage: boolean }
      }
      reasons.push(...edges.map(({ node }) => node.reason))
      after = pageInfo.endCursor
      expect(pageInfo.hasNextPage).toBe(page < 2)
    }
    expect(reasons).toEqual(Array.from({ length: MOST_OPEN_WINDOWS }, (_, index) => `Day ${MOST_OPEN_WINDOWS - 1 - index}`))
    expect((await world.ask(BOB, LIST, { after: 'nonsense' })).codes).toEqual(['INVALID_INPUT'])
  })

  test('answer nobody about another user but services and administrators, asked or watched', async () => {
    for (const document of [
      'query ($userId: ID) { featureAccess(feature: CHAT, userId: $userId) { mode } }',
      'query ($userId: ID) { systemStatus(userId: $userId) { level } }',
    ]) {
      expect((await world.ask(BOB, document, { userId: 'ana' })).codes).toEqual(['FORBIDDEN'])
      for (const viewer of [ANA, SYNC, ADMIN]) expect((await world.ask(viewer, document, { userId: 'ana' })).codes).toEqual([])
      const live = document.replace('query', 'subscription')
      await expect(world.subscribe(BOB, live, { userId: 'ana' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect(world.subscribe(ADMIN, live, { userId: '' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      for (const viewer of [ANA, SYNC, ADMIN]) {
        const stream = await world.subscribe(viewer, live, { userId: 'ana' })
        expect((await stream.next()).value?.errors).toBeUndefined()
        await stream.return()
      }
    }
    expect(world.status.board.counts).toEqual({ watchers: 0, audiences: 0, views: 0, operations: 0 })
  })

  test('are told live to whoever watches, with who did it to administrators only', async () => {
    const document = 'subscription { featureAccess(feature: CHAT) { mode causes { title window { state createdBy { id } } } } }'
    const [anas, roots] = [await world.subscribe(ANA, document), await world.subscribe(ADMIN, document)]
    const isAt = (mode: string) => (frame: Loose) => text(frame['featureAccess']?.['mode']) === mode
    await Promise.all([until(anas, isAt('AVAILABLE')), until(roots, isAt('AVAILABLE'))])
    await run(ADMIN, CLOSE, { feature: 'CHAT', reason: 'Closed' })
    expect(await until(anas, isAt('BLOCKED'))).toMatchObject({ featureAccess: { causes: [{ title: 'Closed', window: { state: 'ACTIVE', createdBy: null } }] } })
    expect(await until(roots, isAt('BLOCKED'))).toMatchObject({ featureAccess: { causes: [{ window: { createdBy: { id: 'root' } } }] } })
    await run(ADMIN, OPEN, { feature: 'CHAT' })
    await Promise.all([until(anas, isAt('AVAILABLE')), until(roots, isAt('AVAILABLE'))])
    await Promise.all([anas.return(), roots.return()])
  })
})
