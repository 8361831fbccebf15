import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createViewer } from '../../src/auth/viewer.ts'
import type { Role } from '../../src/base/actor.ts'
import { defineOperation } from '../../src/engine/definition.ts'
import { databaseKinds } from '../setup/databases.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, viewer } from './api-world.ts'

const base = {
  description: 'For tests.',
  priority: 'medium',
  estimate: '90s',
  timeout: '10m',
  result: z.object({}),
  steps: { work: 'Work' },
  run: () => Promise.resolve({}),
} as const

const storeConnection = defineOperation({
  ...base,
  type: 'SHOP_CONNECTION',
  title: 'Store connection',
  titleOf: ({ shop }) => `Connection of ${shop}`,
  input: z.object({ shop: z.string().describe('Shop.') }),
  startableBy: ['USER'],
  impact: { level: 'maintenance', blocks: ['chat'], scope: 'owner' },
})
const rollout = defineOperation({
  ...base,
  type: 'ROLLOUT',
  title: 'Rollout',
  titleOf: ({ of }) => `Rollout of ${of}`,
  input: z.object({ of: z.string().describe('What.') }),
  startableBy: ['SERVICE'],
  impact: { level: 'degraded', warns: ['chat'], scope: 'everybody' },
})

const STATUS = `query ($userId: ID) { systemStatus(userId: $userId) {
  level message estimatedRestorationAt observedAt
  features { feature mode allowed reason until retryAfterSeconds causes { title } }
  causes { type title level until operation { id title } }
} }`

const OPEN =
  'mutation ($input: OpenExternalOperationInput!) { openExternalOperation(input: $input) { __typename ... on OperationPayload { operation { id } } } }'
const CLOSE = 'mutation ($id: ID!) { completeOperation(input: { id: $id }) { __typename } }'

const inTenant = (id: string, tenantId: string, ...roles: Role[]) => createViewer({ id, roles: roles.length > 0 ? roles : ['USER'], tenantId })

describe.each(databaseKinds)('systemStatus on %s', (kind) => {
  let world: ApiWorld
  let isBusDegraded = false
  beforeAll(async () => {
    // Nothing is claimed, so what is started stays.
    world = await apiWorld({ definitions: [storeConnection, rollout], works: false, isBusDegraded: () => isBusDegraded, kind })
  })
  afterAll(async () => {
    expect(world.hidden).toEqual([])
    await world.close()
  })

  const status = async (asking = ANA, userId?: string): Promise<Loose> => {
    const { data, errors } = await world.ask(asking, STATUS, { userId })
    expect(errors).toBeUndefined()
    return (data as unknown as Loose)['systemStatus'] as Loose
  }
  const open = async (asking: typeof ANA, input: object): Promise<string> => {
    const { data } = await world.ask(asking, OPEN, { input: { title: 'Nightly sync', ...input } })
    return text(data?.['openExternalOperation']?.['operation']?.['id'])
  }
  const close = (id: string) => world.ask(SYNC, CLOSE, { id })

  test('is operational for somebody whom nothing affects', async () => {
    expect(await status()).toMatchObject({
      level: 'OPERATIONAL',
      message: 'Everything works.',
      estimatedRestorationAt: null,
      features: [
        { feature: 'CHAT', mode: 'AVAILABLE', allowed: true, reason: null },
        { feature: 'API', mode: 'AVAILABLE', allowed: true, reason: null },
      ],
      causes: [],
    })
  })

  test('shows an operation of their own to its owner and to who may ask for the owner, and nothing to others', async () => {
    const carl = viewer('carl')
    const id = text(
      (await world.ask(carl, 'mutation { startShopConnection(input: { shop: "Bonsai" }) { ... on OperationPayload { operation { id } } } }')).data?.[
        'startShopConnection'
      ]?.['operation']?.['id'],
    )
    const expected = {
      level: 'MAINTENANCE',
      message: expect.stringMatching(/^maintenance: Connection of Bonsai/),
      features: [{ mode: 'BLOCKED', allowed: false }, { mode: 'AVAILABLE' }],
    }
    expect(await status(carl)).toMatchObject({ ...expected, causes: [{ type: 'SHOP_CONNECTION', level: 'MAINTENANCE', operation: { id } }] })
    expect(await status(ADMIN, 'carl')).toMatchObject({ ...expected, causes: [{ operation: { id } }] })
    // The service may not see the operation, nor what its title tells of the input.
    expect(await status(SYNC, 'carl')).toMatchObject({
      level: 'MAINTENANCE',
      message: expect.stringMatching(/^maintenance: Store connection/),
      causes: [{ type: 'SHOP_CONNECTION', title: 'Store connection', operation: null }],
    })
    expect(JSON.stringify(await status(SYNC, 'carl'))).not.toContain('Bonsai')
    expect(await status(BOB)).toMatchObject({ level: 'OPERATIONAL' })
    const canceled = await world.ask(carl, 'mutation ($id: ID!) { cancelOperation(input: { id: $id }) { ... on OperationPayload { operation { state } } } }', {
      id,
    })
    expect(canceled.data).toMatchObject({ cancelOperation: { operation: { state: 'CANCELED' } } })
    expect(await status(carl)).toMatchObject({ level: 'OPERATIONAL' })
  })

  test('is refused to users who ask for somebody else, and to nobody', async () => {
    const asked = await world.ask(BOB, STATUS, { userId: 'ana' })
    expect([asked.codes, asked.errors?.[0]?.message]).toEqual([['FORBIDDEN'], 'Only SERVICE or ADMIN may ask for the status of another user.'])
    expect((await world.ask(ANA, STATUS, { userId: 'ana' })).codes).toEqual([])
    expect((await world.ask(null, STATUS)).codes).toEqual(['UNAUTHENTICATED'])
    expect((await world.ask(ADMIN, STATUS, { userId: '' })).codes).toEqual(['INVALID_INPUT'])
  })

  test('reaches a tenant, or everybody, and tells strangers title and type only', async () => {
    const service = inTenant('sync', 'acme', 'SERVICE')
    const tenant = await open(service, { impact: { level: 'MAINTENANCE', blocks: ['CHAT'], scope: 'TENANT' } })
    expect(await status(inTenant('dora', 'acme'))).toMatchObject({
      level: 'MAINTENANCE',
      causes: [{ type: 'EXTERNAL', title: 'Nightly sync', operation: null }],
    })
    expect(await status(inTenant('dora', 'other'))).toMatchObject({ level: 'OPERATIONAL' })
    expect(await status(service)).toMatchObject({ causes: [{ operation: { id: tenant } }] })
    const everybody = await open(SYNC, { impact: { level: 'CRITICAL', scope: 'EVERYBODY' } })
    expect(await status(inTenant('dora', 'acme'))).toMatchObject({
      level: 'CRITICAL',
      features: [{ mode: 'BLOCKED' }, { mode: 'READ_ONLY' }],
      causes: [{ level: 'CRITICAL' }, { level: 'MAINTENANCE' }],
    })
    expect(await status(BOB)).toMatchObject({
      level: 'CRITICAL',
      features: [
        { mode: 'READ_ONLY', allowed: false },
        { mode: 'READ_ONLY', allowed: false },
      ],
    })
    await close(everybody)
    await close(tenant)
    expect(await status(inTenant('dora', 'acme'))).toMatchObject({ level: 'OPERATIONAL' })
  })

  test('reaches everybody by a definition too, from its start on', async () => {
    const start =
      'mutation ($runAt: DateTime) { startRollout(input: { of: "a secret", runAt: $runAt }) { __typename ... on OperationPayload { operation { id } } } }'
    const later = await world.ask(SYNC, start, { runAt: new Date(Date.now() + 3_600_000) })
    expect(later.errors).toBeUndefined()
    expect(await status(BOB)).toMatchObject({ level: 'OPERATIONAL' })
    const now = await world.ask(SYNC, start)
    const seen = await status(BOB)
    expect(seen).toMatchObject({
      level: 'DEGRADED',
      features: [{ mode: 'WARNING', allowed: true }, { mode: 'AVAILABLE' }],
      causes: [{ type: 'ROLLOUT', title: 'Rollout', operation: null }],
    })
    expect(JSON.stringify(seen)).not.toContain('a secret')
    const id = now.data?.['startRollout']?.['operation']?.['id']
    await world.ask(SYNC, 'mutation ($id: ID!) { cancelOperation(input: { id: $id }) { __typename } }', { id })
    expect(await status(BOB)).toMatchObject({ level: 'OPERATIONAL' })
  })

  test('says that the bus is away', async () => {
    isBusDegraded = true
    expect(await status()).toMatchObject({
      level: 'DEGRADED',
      message: expect.stringContaining('degraded: bus'),
      features: [{ mode: 'AVAILABLE' }, { mode: 'AVAILABLE' }],
      causes: [{ type: null, level: 'DEGRADED', operation: null }],
    })
    isBusDegraded = false
    expect(await status()).toMatchObject({ level: 'OPERATIONAL' })
  })
})
