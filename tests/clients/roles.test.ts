import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Role } from '../../src/base/actor.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { control, reaches, start } from '../chaos/control-story.ts'
import { sampleFile, startImport } from '../chaos/import-story.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { type Listening, listening } from './listening.ts'

const SECRET = PLANTED.jwtSecret

let fresh: FreshDatabase
let server: Listening
let ana: ApiClient
let bob: ApiClient
let admin: ApiClient
let service: ApiClient
let nobody: ApiClient
let stranger: ApiClient
const clientOf = async (subject: string, roles: readonly Role[], secondsToLive?: number): Promise<ApiClient> =>
  createApiClient({ url: server.url(), token: await signToken({ secret: SECRET, subject, roles, ...(secondsToLive === undefined ? {} : { secondsToLive }) }) })

beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh, { env: { AUTH_JWT_SECRET: SECRET } })
  ana = await clientOf('ana', ['USER'])
  bob = await clientOf('bob', ['USER'])
  admin = await clientOf('root', ['ADMIN'])
  service = await clientOf('sync', ['SERVICE'])
  nobody = createApiClient({ url: server.url() })
  stranger = createApiClient({ url: server.url(), token: await signToken({ secret: `${SECRET}?`, subject: 'ana', roles: ['ADMIN'] }) })
})
afterAll(async () => {
  expect(server.hidden).toEqual([])
  await server.stop()
  await fresh.drop()
})

const OPERATION = 'query ($id: ID!) { operation(id: $id) { id state } node(id: $id) { id } nodes(ids: [$id]) { id } operations { edges { node { id } } } }'
interface Seen {
  readonly operation: object | null
  readonly node: object | null
  readonly nodes: readonly (object | null)[]
  readonly operations: { readonly edges: readonly { readonly node: { readonly id: string } }[] }
}
const sees = async (client: ApiClient, id: string): Promise<boolean[]> => {
  const { operation, node, nodes, operations } = await client.ask<Seen, object>(OPERATION, { id })
  return [operation !== null, node !== null, nodes[0] !== null, operations.edges.some((edge) => edge.node.id === id)]
}
const NOTHING = [false, false, false, false]
const EVERYTHING = [true, true, true, true]

/** The code with which a subscription is refused, by WebSocket and by SSE. */
async function refusals(client: ApiClient, document: string, variables: object): Promise<unknown[]> {
  const stream = client.watch<object, object>(document, variables)
  const overSocket = await stream.next().then(
    () => 'a frame',
    (error: { errors?: readonly { extensions?: { code?: unknown } }[]; code?: unknown } | readonly { extensions?: { code?: unknown } }[]) =>
      (Array.isArray(error) ? error : 'errors' in error ? error.errors : undefined)?.[0]?.extensions?.code ?? (error as { code?: unknown }).code,
  )
  await stream.end().catch(() => undefined)
  for await (const { data, errors } of client.stream<object, object>(document, variables)) return [overSocket, errors?.[0]?.extensions?.['code'] ?? data]
  return [overSocket, 'nothing']
}

const WATCH = 'subscription ($id: ID!) { operation(id: $id) { state } }'
const EVENTS = 'subscription ($id: ID!) { operationEvents(operationId: $id) { cursor } }'

test('nobody but its owner and an administrator sees, watches or steers an operation, over any transport', async () => {
  const { id } = await start(ana, 'SANDBOX_EXERCISE', { items: 5_000, itemMs: 10 })
  await reaches(ana, id, (operation) => operation.progress.done > 3)
  for (const other of [bob, service]) {
    expect(await sees(other, id)).toEqual(NOTHING)
    for (const verb of ['pause', 'resume', 'cancel', 'retry'] as const)
      expect(await control(other, verb, id)).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
    for (const document of [WATCH, EVENTS]) expect(await refusals(other, document, { id })).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  }
  for (const client of [nobody, stranger]) {
    const { errors } = await client.answer(OPERATION, { id })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' })
  }
  expect(await refusals(nobody, WATCH, { id })).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED'])
  // A token that is no good costs the connection, so that a client gets another one before it comes back.
  expect((await refusals(stranger, WATCH, { id }))[0]).toBe(4403)
  for (const insider of [ana, admin]) expect(await sees(insider, id)).toEqual(EVERYTHING)
  expect((await control(admin, 'pause', id)).__typename).toBe('OperationPayload')
  await reaches(ana, id, 'PAUSED')
  expect((await control(ana, 'cancel', id)).__typename).toBe('OperationPayload')
  await reaches(admin, id, 'CANCELED')
})

test('a live list shows a user what is theirs, and an administrator everything', async () => {
  const LIST = 'subscription { operations(minIntervalMs: 50) { id owner { id } } }'
  interface Listed {
    readonly operations: { readonly id: string; readonly owner: { readonly id: string } }
  }
  const [own, all] = [bob.watch<Listed, object>(LIST), admin.watch<Listed, object>(LIST)]
  const hers = (await start(ana, 'SANDBOX_EXERCISE', { items: 40, itemMs: 10 })).id
  await all.until(({ operations }) => operations.id === hers)
  const his = (await start(bob, 'SANDBOX_EXERCISE', { items: 40, itemMs: 10 })).id
  const owners: string[] = []
  await own.until(({ operations }) => {
    owners.push(operations.owner.id)
    return operations.id === his
  })
  expect(new Set(owners)).toEqual(new Set(['bob']))
  await Promise.all([own.end(), all.end()])
  await Promise.all([reaches(ana, hers, 'COMPLETED'), reaches(bob, his, 'COMPLETED')])
})

test("a batch with its rows, rejects and deletion is its owner's and the administrators' alone", async () => {
  const { id } = await startImport(ana, await sampleFile(200))
  await reaches(ana, id, 'COMPLETED')
  const { statementBatches } = await ana.ask<{ statementBatches: { edges: { node: { id: string } }[] } }, object>(
    '{ statementBatches { edges { node { id } } } }',
  )
  const batchId = (statementBatches.edges[0] as { node: { id: string } }).node.id
  const READ = 'query ($id: ID!) { statementBatch(id: $id) { acceptedCount rejectedCount } node(id: $id) { id } statementBatches { edges { node { id } } } }'
  for (const other of [bob, service])
    expect(await other.ask(READ, { id: batchId })).toEqual({ statementBatch: null, node: null, statementBatches: { edges: [] } })
  const DELETE = 'mutation ($id: ID!) { deleteStatementBatch(input: { id: $id }) { __typename } }'
  const RECATEGORIZE = 'mutation ($id: ID!) { startStatementRecategorization(input: { batchId: $id }) { __typename } }'
  for (const document of [DELETE, RECATEGORIZE])
    expect(Object.values(await bob.ask<Record<string, object>, object>(document, { id: batchId }))).toEqual([{ __typename: 'NotFoundError' }])
  expect(await admin.ask(READ, { id: batchId })).toMatchObject({ statementBatch: { acceptedCount: 199 } })
  expect(await ana.ask(DELETE, { id: batchId })).toEqual({ deleteStatementBatch: { __typename: 'DeleteStatementBatchPayload' } })
})

test('an expired token ends a socket with 4403 and an event stream with UNAUTHENTICATED', { timeout: 60_000 }, async () => {
  const { id } = await start(ana, 'SANDBOX_EXERCISE', { items: 5_000, itemMs: 50 })
  const brief = await clientOf('ana', ['USER'], 2)
  const stream = brief.watch<object, object>(WATCH, { id })
  await stream.next()
  const codes: unknown[] = []
  for await (const { errors } of brief.stream<object, object>(EVENTS, { id })) codes.push(errors?.[0]?.extensions?.['code'])
  expect(codes.at(-1)).toBe('UNAUTHENTICATED')
  expect((await stream.closed).code).toBe(4403)
  await stream.end().catch(() => undefined)
  await control(ana, 'cancel', id)
  await reaches(ana, id, 'CANCELED')
})
