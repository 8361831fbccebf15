import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import type { SpawnedApp } from '../../src/testing/spawned-app.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { type Backing, backing } from '../chaos/backing.ts'
import { Processes } from '../chaos/control-story.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { type Shop, type SyncService, startShop, startSync } from './sync-world.ts'

/**
 * Work of another team: a program of theirs (samples/sync-service.mjs) opens an operation for a user with a token of a SERVICE, reports, completes, fails,
 * or dies. Everything is a process of its own and speaks HTTP.
 */
const SECRET = PLANTED.jwtSecret
const PAGES = 8
const PRODUCTS = PAGES * 25
const SILENT_WITHIN_MS = 5_000

const processes = new Processes()
let store: Backing
let app: SpawnedApp
let shop: Shop
const syncs: SyncService[] = []
let [ana, bob, service, admin]: ApiClient[] = []

const boot = async () => {
  app = await processes.start({ env: { ...store.env, AUTH_JWT_SECRET: SECRET, SANDBOX_OPERATIONS: 'true' } })
  const client = async (subject: string, role: 'USER' | 'SERVICE' | 'ADMIN') =>
    createApiClient({ url: app.url, token: await signToken({ secret: SECRET, subject, roles: [role] }) })
  ;[ana, bob, service, admin] = await Promise.all([client('ana', 'USER'), client('bob', 'USER'), client('sync', 'SERVICE'), client('root', 'ADMIN')])
}

beforeAll(async () => {
  store = await backing('postgres')
  await boot()
})
afterAll(async () => {
  for (const sync of syncs) await sync.kill()
  await processes.endAll()
  await store.drop()
})

/** Another sync for Ana; `key` makes it the same one again. */
async function sync(key: string, more: Readonly<Record<string, string>> = {}): Promise<SyncService> {
  const token = await signToken({ secret: SECRET, subject: 'sync', roles: ['SERVICE'] })
  const started = startSync({ BATUTA_URL: app.url, BATUTA_TOKEN: token, SOURCE_URL: shop.url, OWNER_ID: 'ana', SYNC_KEY: key, ...more })
  syncs.push(started)
  return started
}

interface Shown {
  readonly id: string
  readonly state: string
  readonly createdBy?: string
  readonly updatedAt: string
  readonly finishedAt: string | null
  readonly failure: { readonly code: string; readonly message: string; readonly retryable: boolean } | null
  readonly progress: {
    readonly done: number
    readonly total: number | null
    readonly unit: string
    readonly percentage: number | null
    readonly ratePerSecond: number | null
  }
}

const FIELDS = 'id state updatedAt finishedAt failure { code message retryable } progress { done total unit percentage ratePerSecond }'

async function list(client: ApiClient, filter = '{ types: [EXTERNAL] }'): Promise<readonly Shown[]> {
  const { operations } = await client.ask<{ operations: { edges: { node: Shown }[] } }, object>(
    `{ operations(filter: ${filter}) { edges { node { ${FIELDS} } } } }`,
  )
  return operations.edges.map(({ node }) => node)
}

const byId = async (client: ApiClient, id: string): Promise<Shown | null> =>
  (await client.ask<{ operation: Shown | null }, object>(`query ($id: ID!) { operation(id: $id) { ${FIELDS} } }`, { id })).operation

interface Status {
  readonly level: string
  readonly estimatedRestorationAt: string | null
  readonly features: readonly {
    readonly feature: string
    readonly mode: string
    readonly allowed: boolean
    readonly until: string | null
    readonly causes: readonly object[]
  }[]
}

async function chat(client: ApiClient, userId?: string) {
  const { systemStatus } = await client.ask<{ systemStatus: Status }, object>(
    'query ($userId: ID) { systemStatus(userId: $userId) { level estimatedRestorationAt features { feature mode allowed until causes { type title } } } }',
    { userId },
  )
  return { level: systemStatus.level, ...systemStatus.features.find(({ feature }) => feature === 'CHAT') }
}

/** The one that is open. */
async function opened(): Promise<Shown> {
  await expect.poll(() => list(ana as ApiClient, '{ types: [EXTERNAL], done: false }')).toHaveLength(1)
  return (await list(ana as ApiClient, '{ types: [EXTERNAL], done: false }'))[0] as Shown
}

async function ends(id: string): Promise<Shown> {
  await expect.poll(async () => (await byId(ana as ApiClient, id))?.finishedAt, { timeout: 40_000 }).toBeTypeOf('string')
  return (await byId(ana as ApiClient, id)) as Shown
}

describe('work that another service does', () => {
  beforeAll(async () => {
    shop = await startShop(PAGES)
  })
  afterAll(() => shop.stop())

  test('gates its user while it runs, is seen by that user and its service only, and ends with its result', { timeout: 120_000 }, async () => {
    const [user, stranger, opener, root] = [ana, bob, service, admin] as [ApiClient, ApiClient, ApiClient, ApiClient]
    const LIVE = 'subscription { operations { type title owner { id } state } }'
    type Live = { operations: { type: string; title: string; owner: { id: string }; state: string } }
    const seen = { bob: [] as string[], sync: [] as string[] }
    const streams = { bob: stranger.watch<Live, object>(LIVE), sync: opener.watch<Live, object>(LIVE) }
    const watching = {
      bob: streams.bob.until(({ operations }) => {
        seen.bob.push(operations.owner.id)
        return operations.title === 'the last'
      }),
      sync: streams.sync.until(({ operations }) => {
        seen.sync.push(operations.owner.id)
        return operations.type === 'EXTERNAL' && operations.state === 'COMPLETED'
      }),
    }
    const running = await sync('monday')
    const { id } = await opened()
    const until = (await chat(user)).until
    expect(await chat(user)).toMatchObject({ level: 'MAINTENANCE', mode: 'BLOCKED', allowed: false, causes: [{ type: 'EXTERNAL', title: 'Catalogue sync' }] })
    // A minute, as its service expects; no rate is known yet.
    expect(Date.parse(until ?? '')).toBeGreaterThan(Date.now())
    expect(await chat(opener, 'ana')).toMatchObject({ mode: 'BLOCKED' })
    expect(await chat(stranger)).toMatchObject({ level: 'OPERATIONAL', mode: 'AVAILABLE' })
    expect(await byId(stranger, id)).toBeNull()
    expect(await list(stranger)).toEqual([])
    for (const client of [opener, root]) expect((await list(client)).map((one) => one.id)).toEqual([id])
    expect((await byId(opener, id))?.state).toBe('RUNNING')

    shop.release(3)
    await expect.poll(async () => (await byId(user, id))?.progress.done).toBe(75)
    expect((await byId(user, id))?.progress).toMatchObject({ total: PRODUCTS, unit: 'products', percentage: 37.5 })
    shop.release(PAGES - 3)
    expect(await running.exit).toBe(0)
    expect(await ends(id)).toMatchObject({ state: 'COMPLETED', failure: null, progress: { done: PRODUCTS, percentage: 100 } })
    expect(await chat(user)).toMatchObject({ level: 'OPERATIONAL', mode: 'AVAILABLE', until: null, causes: [] })

    const { operation } = await user.ask<{ operation: { events: { nodes?: unknown; edges: { node: { type: string } }[] } } }, object>(
      'query ($id: ID!) { operation(id: $id) { events(first: 50) { edges { node { type } } } } }',
      { id },
    )
    expect(operation.events.edges.map(({ node }) => node.type)).toEqual(['QUEUED', 'STARTED', 'MILESTONE', 'MILESTONE', 'MILESTONE', 'COMPLETED'])
    await watching.sync
    expect([...new Set(seen.sync)]).toEqual(['ana'])
    await stranger.ask('mutation { startSandboxExercise(input: { items: 1, itemMs: 0, title: "the last" }) { __typename } }')
    await watching.bob
    expect([...new Set(seen.bob)]).toEqual(['bob'])
    await Promise.all([streams.bob.end(), streams.sync.end()])
  })

  test('is opened once, however often its service starts it', async () => {
    const again = await sync('monday')
    expect(await again.exit).toBe(0)
    expect(again.output()).toContain('goes on with')
    expect(await list(ana as ApiClient)).toHaveLength(1)
  })

  test('of two services with the same key is two operations', async () => {
    const open =
      'mutation { result: openExternalOperation(input: { title: "Catalogue sync", ownerId: "bob", idempotencyKey: "same" }) { ... on OperationPayload { replayed operation { id } } } }'
    const other = createApiClient({ url: app.url, token: await signToken({ secret: SECRET, subject: 'billing', roles: ['SERVICE'] }) })
    type Opened = { result: { replayed: boolean; operation: { id: string } } }
    const [one, two, three] = [
      await (service as ApiClient).ask<Opened, object>(open),
      await other.ask<Opened, object>(open),
      await other.ask<Opened, object>(open),
    ]
    expect([one.result.replayed, two.result.replayed, three.result.replayed]).toEqual([false, false, true])
    expect(two.result.operation.id).not.toBe(one.result.operation.id)
    expect(three.result).toEqual({ replayed: true, operation: two.result.operation })
    expect(await byId(other, one.result.operation.id)).toBeNull()
  })

  test('fails as its service says', { timeout: 60_000 }, async () => {
    const failing = await sync('tuesday')
    const { id } = await opened()
    shop.break()
    expect(await failing.exit).toBe(1)
    const failure = { code: 'SOURCE_UNAVAILABLE', message: 'the shop answered 500 for page 1', retryable: true }
    expect(await ends(id)).toMatchObject({ state: 'FAILED', failure })
    expect(await chat(ana as ApiClient)).toMatchObject({ mode: 'AVAILABLE' })
  })
})

describe('work whose service falls silent', () => {
  const DEADLINE_SECONDS = 3
  beforeAll(async () => {
    shop = await startShop(PAGES)
  })
  afterAll(() => shop.stop())

  test('fails within 5 s of its deadline, and its user is free', { timeout: 60_000 }, async () => {
    const dying = await sync('wednesday', { DEADLINE_SECONDS: `${DEADLINE_SECONDS}` })
    const { id } = await opened()
    shop.release(1)
    await expect.poll(async () => (await byId(ana as ApiClient, id))?.progress.done).toBe(25)
    await dying.kill()
    const deadline = Date.parse((await byId(ana as ApiClient, id))?.updatedAt ?? '') + DEADLINE_SECONDS * 1_000
    const ended = await ends(id)
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'SILENT', retryable: false } })
    const late = Date.parse(ended.finishedAt ?? '') - deadline
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThanOrEqual(SILENT_WITHIN_MS)
    expect(await chat(ana as ApiClient)).toMatchObject({ mode: 'AVAILABLE' })
  })

  test('fails although every instance was down at its deadline', { timeout: 120_000 }, async () => {
    const dying = await sync('thursday', { DEADLINE_SECONDS: `${DEADLINE_SECONDS}` })
    const { id, updatedAt } = await opened()
    await dying.kill()
    await app.kill()
    const deadline = Date.parse(updatedAt) + DEADLINE_SECONDS * 1_000
    await expect.poll(() => Date.now()).toBeGreaterThan(deadline)
    await boot()
    const upAt = Date.now()
    const ended = await ends(id)
    expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'SILENT' } })
    expect(Date.parse(ended.finishedAt ?? '') - upAt).toBeLessThanOrEqual(SILENT_WITHIN_MS)
  })
})

describe('reports', () => {
  test('one second apart or many at once give the rate of the time that passed, and each milestone once', { timeout: 60_000 }, async () => {
    const opener = service as ApiClient
    const { result } = await opener.ask<{ result: { operation: { id: string } } }, object>(
      'mutation { result: openExternalOperation(input: { title: "Measured", total: 1000 }) { ... on OperationPayload { operation { id } } } }',
    )
    const { id } = result.operation
    const report = (done: number) =>
      opener.ask('mutation ($input: ReportProgressInput!) { reportProgress(input: $input) { __typename } }', { input: { id, done } })
    const startedAt = performance.now()
    await expect.poll(() => performance.now() - startedAt).toBeGreaterThan(1_000)
    await report(100)
    // Words of life without figures don't count as time in which nothing was done.
    await opener.ask('mutation ($input: ReportProgressInput!) { reportProgress(input: $input) { __typename } }', { input: { id, message: 'still here' } })
    await Promise.all(Array.from({ length: 10 }, (_, index) => report(300 + index)))
    await expect.poll(() => performance.now() - startedAt).toBeGreaterThan(2_000)
    await report(800)
    const passed = (performance.now() - startedAt) / 1_000
    const rate = (await byId(opener, id))?.progress.ratePerSecond ?? 0
    expect(rate).toBeGreaterThan(20)
    expect(rate).toBeLessThan((3 * 800) / (passed - 1))
    const { operation } = await opener.ask<{ operation: { events: { edges: { node: { type: string; data: { percentage?: number } } }[] } } }, object>(
      'query ($id: ID!) { operation(id: $id) { events(first: 50) { edges { node { type data } } } } }',
      { id },
    )
    expect(operation.events.edges.map(({ node }) => [node.type, node.data.percentage])).toEqual([
      ['QUEUED', undefined],
      ['STARTED', undefined],
      ['MILESTONE', 25],
      ['MILESTONE', 75],
    ])
    await opener.ask('mutation ($id: ID!) { completeOperation(input: { id: $id }) { __typename } }', { id })
  })
})
