import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type App, createApp } from '../../src/app.ts'
import type { Role } from '../../src/base/actor.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { createBatutaClient, RequestRefusedError, type TypedDocument } from '../../src/client/client.ts'
import { parseConfig } from '../../src/config/config.ts'
import { statement } from '../../src/database/statement.ts'
import { defineOperation } from '../../src/engine/definition.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'

const SECRET = 'a secret of at least thirty-two characters'
const talk = defineOperation({
  type: 'TALK',
  title: 'Talk',
  description: 'For tests.',
  priority: 'medium',
  estimate: '10s',
  timeout: '1m',
  input: z.object({}),
  result: z.object({}),
  steps: { work: 'Work' },
  startableBy: ['USER'],
  gate: 'chat',
  run: () => Promise.resolve({}),
})

const BLOCKED = '__typename ... on FeatureBlockedError { feature retryAfterSeconds } ... on OperationPayload { operation { id } }'
const TALK = `mutation ($input: StartTalkInput!) { result: startTalk(input: $input) { ${BLOCKED} } }`
const GENERIC = `mutation ($input: StartOperationInput!) { result: startOperation(input: $input) { ${BLOCKED} } }`
const IMPORT = `mutation ($input: StartStatementImportInput!) { result: startStatementImport(input: $input) { ${BLOCKED} } }`
const OPEN = 'mutation ($input: OpenExternalOperationInput!) { result: openExternalOperation(input: $input) { ... on OperationPayload { operation { id } } } }'
const COMPLETE = 'mutation ($id: ID!) { completeOperation(input: { id: $id }) { __typename } }'
const SALE = 'mutation { createSale(input: { reference: "r", customer: "c", channel: STORE, currency: "USD", lines: [] }) { __typename } }'
const KEPT = statement(
  'test_kept',
  'select (select count(*) from upload)::int + (select count(*) from upload_blob)::int as uploads, (select count(*) from operation)::int as operations',
)

interface Answered {
  readonly result: { readonly __typename: string; readonly feature?: string; readonly operation?: { readonly id: string } }
}
const REFUSED = { result: { __typename: 'FeatureBlockedError', feature: 'CHAT' } }

describe('two instances that share a PostgreSQL and no bus', () => {
  let postgres: FreshPostgres
  let apps: App[]
  beforeAll(async () => {
    postgres = await freshPostgres()
    apps = await Promise.all(
      [0, 1].map(async () => {
        const config = parseConfig({ PORT: '0', AUTH_JWT_SECRET: SECRET, INSTANCE_ROLE: 'api', DATABASE_URL: postgres.url })
        const app = await createApp({ config, telemetry: new Telemetry(), database: postgres.database, bus: createMemoryBus(), definitions: [talk] })
        await app.start()
        return app
      }),
    )
  })
  afterAll(async () => {
    for (const app of apps) await app.stop()
    await postgres.drop()
  })
  const client = async (instance: number, subject: string, ...roles: Role[]): Promise<ApiClient> =>
    createApiClient({ url: (apps[instance] as App).url, token: await signToken({ secret: SECRET, subject, roles: roles.length > 0 ? roles : ['USER'] }) })
  /** A service blocks something, through the first instance. */
  const block = async (impact: object, ownerId?: string): Promise<() => Promise<unknown>> => {
    const service = await client(0, 'root', 'ADMIN')
    const { result } = await service.ask<Answered, object>(OPEN, {
      input: { title: 'Work', estimateSeconds: 600, impact, ...(ownerId === undefined ? {} : { ownerId }) },
    })
    return () => service.ask(COMPLETE, { id: result.operation?.id })
  }

  test('refuse at once what either has blocked, over HTTP, WebSocket, server-sent events and for services that act for the user', async () => {
    const [ana, service] = [await client(1, 'ana'), await client(1, 'sync', 'SERVICE')]
    const unblock = await block({ level: 'MAINTENANCE', blocks: ['CHAT'] }, 'ana')
    expect(await ana.ask(TALK, { input: {} })).toMatchObject(REFUSED)
    expect(await ana.ask(GENERIC, { input: { type: 'TALK', input: {} } })).toMatchObject(REFUSED)
    const socket = ana.watch<Answered, object>(TALK, { input: {} })
    expect(await socket.next()).toMatchObject(REFUSED)
    await socket.end()
    // Mutations are answered like this to whoever would take a stream, too.
    const asStream = await fetch(`${(apps[1] as App).url}/graphql`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${await signToken({ secret: SECRET, subject: 'ana', roles: ['USER'] })}`,
      },
      body: JSON.stringify({ query: TALK, variables: { input: {} } }),
    })
    expect(await asStream.text()).toContain('"__typename":"FeatureBlockedError","feature":"CHAT"')
    expect(await service.ask(GENERIC, { input: { type: 'TALK', input: {}, ownerId: 'ana' } })).toMatchObject(REFUSED)
    expect(await service.ask<Answered, object>(GENERIC, { input: { type: 'TALK', input: {}, ownerId: 'bob' } })).toMatchObject({
      result: { __typename: 'OperationPayload' },
    })
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, index) => client(index % 2, 'ana').then((one) => one.ask<Answered, object>(TALK, { input: {} }))),
    )
    for (const answer of many) expect(answer).toMatchObject(REFUSED)
    await unblock()
    expect(await ana.ask(TALK, { input: {} })).toMatchObject({ result: { __typename: 'OperationPayload' } })
  })

  test('take no byte of an upload, and make nothing, in CRITICAL', async () => {
    const ana = await client(1, 'ana')
    const unblock = await block({ level: 'CRITICAL', scope: 'EVERYBODY' })
    const [before] = await postgres.database.run<{ uploads: number; operations: number }>(KEPT, [])
    const file = { name: 'statement.csv', content: new Blob(['x'.repeat(3_000_000)]) }
    expect(await ana.upload(IMPORT, { input: {} }, file)).toMatchObject({ result: { __typename: 'FeatureBlockedError', feature: 'API' } })
    expect(await postgres.database.run(KEPT, [])).toEqual([before])
    expect(before?.uploads).toBe(0)
    await unblock()
  })

  test('are told by the client kit without another try', async () => {
    const unblock = await block({ level: 'CRITICAL', scope: 'EVERYBODY' })
    let requests = 0
    const kit = createBatutaClient({
      url: `${(apps[1] as App).url}/graphql`,
      token: () => signToken({ secret: SECRET, subject: 'shop', roles: ['SERVICE'] }),
      fetch: (input, init) => {
        requests += 1
        return fetch(input, init)
      },
      retryDelayMs: () => 1,
    })
    const refused = await kit.mutate(parse(SALE) as TypedDocument<object, object>, {}).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RequestRefusedError)
    expect((refused as RequestRefusedError).code).toBe('FEATURE_BLOCKED')
    expect((refused as RequestRefusedError).errors[0]?.extensions).toMatchObject({ feature: 'API', retryAfterSeconds: expect.any(Number) })
    const start = await kit.mutate(parse(TALK), { input: { ownerId: 'ana' } })
    expect(start).toMatchObject({ result: { __typename: 'FeatureBlockedError' } })
    expect(requests).toBe(2)
    kit.close()
    await unblock()
  })
})
