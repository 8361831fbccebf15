import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../src/base/actor.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'

/** Who sees sales, over each transport of a listening server. */
const SECRET = PLANTED.jwtSecret

let fresh: FreshDatabase
let server: Listening
let user: ApiClient
let service: ApiClient
let admin: ApiClient
let nobody: ApiClient
let saleId: string
const clientOf = async (subject: string, role: Role): Promise<ApiClient> =>
  createApiClient({ url: server.url(), token: await signToken({ secret: SECRET, subject, roles: [role] }) })

beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh, { env: { AUTH_JWT_SECRET: SECRET } })
  ;[user, service, admin] = [await clientOf('ana', 'USER'), await clientOf('shop', 'SERVICE'), await clientOf('root', 'ADMIN')]
  nobody = createApiClient({ url: server.url() })
  const MAKE = `mutation { createSale(input: { reference: "R-1", customer: "Ana", channel: PHONE, currency: "JPY",
    lines: [{ sku: "A", name: "A", quantity: 1, unitPrice: "100" }] }) { ... on SalePayload { sale { id } } } }`
  saleId = (await service.ask<{ createSale: { sale: { id: string } } }, object>(MAKE)).createSale.sale.id
})
afterAll(async () => {
  expect(server.hidden).toEqual([])
  await server.stop()
  await fresh.drop()
})

interface Coded {
  readonly extensions?: { readonly code?: unknown }
}

const isData = (data: object | null | undefined): boolean => Object.values(data ?? {}).some((value) => value !== null)

/** Codes of all that comes: of errors, or `data`. */
async function overHttp(client: ApiClient, document: string): Promise<unknown[]> {
  const { errors, data } = await client.answer<object, object>(document)
  return [...(errors ?? []).map((error) => error.extensions?.['code']), ...(isData(data) ? ['data'] : [])]
}

async function overSocket(client: ApiClient, document: string): Promise<unknown[]> {
  const stream = client.watch<object, object>(document)
  const seen = await stream.next().then(
    () => ['data'],
    (error: { errors?: readonly Coded[] } | readonly Coded[]) =>
      ((Array.isArray(error) ? error : (error as { errors?: readonly Coded[] }).errors) as readonly Coded[]).map((each) => each.extensions?.code),
  )
  await stream.end().catch(() => undefined)
  return seen
}

async function overEventStream(client: ApiClient, document: string): Promise<unknown[]> {
  const seen: unknown[] = []
  for await (const { errors, data } of client.stream<object, object>(document)) {
    seen.push(...(errors ?? []).map((error) => error.extensions?.['code']), ...(isData(data) ? ['data'] : []))
    if (data) break
  }
  return seen
}

const QUERIES = ['{ sales { edges { node { id } } } }', '{ sale(id: "SALE") { id } }']
const BADGES = ['{ salesInbox { unseenCount } }', 'mutation { markSalesSeen { unseenCount } }']
const SUBSCRIPTIONS = ['subscription { saleEvents { cursor } }', 'subscription { salesInbox { unseenCount } }']

describe.each([
  ['USER', () => user, 'FORBIDDEN', 'FORBIDDEN'],
  ['SERVICE', () => service, 'data', 'FORBIDDEN'],
  ['ADMIN', () => admin, 'data', 'data'],
  ['nobody', () => nobody, 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
] as const)('for %s', (_role, client, lists, live) => {
  test.each(QUERIES)('%s', async (query) => {
    const document = query.replace('SALE', saleId)
    expect(await overHttp(client(), document)).toEqual([lists])
    expect(await overSocket(client(), document)).toEqual([lists])
  })

  test.each(BADGES)('%s', async (document) => {
    expect(await overHttp(client(), document)).toEqual([live])
    expect(await overSocket(client(), document)).toEqual([live])
  })

  test.each(SUBSCRIPTIONS)('%s', async (document) => {
    expect(await overSocket(client(), document)).toEqual([live])
    expect(await overEventStream(client(), document)).toEqual([live])
  })
})

test('a refusal holds nothing', async () => {
  expect(await overSocket(user, SUBSCRIPTIONS[1] as string)).toEqual(['FORBIDDEN'])
  await expect.poll(() => server.apps[0]?.sales.inboxes.counts).toEqual({ users: 0, watchers: 0, followers: 0 })
  await expect.poll(() => server.apps[0]?.events.hubs).toBe(0)
})
