import { createClient } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type App, createApp } from '../../src/app.ts'
import { systemClock } from '../../src/base/clock.ts'
import { parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { spawnApp } from '../../src/testing/spawned-app.ts'
import { signToken, type TokenParams } from '../../src/testing/tokens.ts'
import { firebaseClaims, startIssuer } from '../auth/issuer.ts'
import { control, reaches, start } from '../chaos/control-story.ts'
import { connect, openSocket } from '../server/raw-socket.ts'
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { redisUrl } from '../setup/redis.ts'

const SECRET = PLANTED.jwtSecret
const EVENTS =
  'subscription ($id: ID!, $after: Cursor) { operationEvents(operationId: $id, after: $after, follow: true) { __typename ... on OperationEvent { seq } } }'
const REVOKE = 'mutation ($input: RevokeAccessInput!) { revokeAccess(input: $input) { __typename ... on Error { message } } }'

const tokenOf = (subject: string, more: Partial<TokenParams> = {}): Promise<string> => signToken({ secret: SECRET, subject, roles: ['USER'], ...more })

let postgres: FreshPostgres
beforeEach(async () => {
  postgres = await freshPostgres({ poolSize: 2 })
})
afterEach(() => postgres.drop())

/** Two instances with connections of their own to the same servers. */
async function twoInstances(bus: 'redis' | 'none') {
  const redis = bus === 'redis' ? { REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: `${new URL(postgres.url).pathname.slice(1)}:` } : {}
  const config = parseConfig({ PORT: '0', DATABASE_URL: postgres.url, DATABASE_POOL_SIZE: '4', AUTH_JWT_SECRET: SECRET, SANDBOX_OPERATIONS: 'true', ...redis })
  const apps: App[] = []
  for (let index = 0; index < 2; index += 1) {
    const app = await createApp({ config, telemetry: new Telemetry() })
    onTestFinished(() => app.stop())
    await app.start()
    apps.push(app)
  }
  return apps.map((app) => app.url) as [string, string]
}

const revoke = async (admin: ApiClient, input: object): Promise<void> => {
  const { revokeAccess } = await admin.ask<{ revokeAccess: { __typename: string } }, object>(REVOKE, { input: { reason: 'test', ...input } })
  expect(revokeAccess.__typename).toBe('RevokeAccessPayload')
}

const statusOf = async (url: string, token: string): Promise<number> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  return (await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: '{ viewer { id } }' }) })).status
}

describe.each(['redis', 'none'] as const)('revocation with bus %s', (bus) => {
  test('on one instance ends what is open on the other within a second, and nothing of anybody else', { timeout: 60_000 }, async () => {
    const [here, there] = await twoInstances(bus)
    const admin = createApiClient({ url: here, token: await tokenOf('root', { roles: ['ADMIN'] }) })
    const [herToken, otherToken, hisToken] = [await tokenOf('ana', { tokenId: 't-1' }), await tokenOf('ana', { tokenId: 't-2' }), await tokenOf('bob')]
    const sockets = [herToken, otherToken, hisToken].map((token) => connect(`${there}/graphql`, { token }))
    const [hers, other, his] = (await Promise.all(sockets)) as [Awaited<(typeof sockets)[0]>, Awaited<(typeof sockets)[0]>, Awaited<(typeof sockets)[0]>]

    const askedAt = performance.now()
    await revoke(admin, { tokenId: 't-1' })
    expect(await hers.closed).toEqual({ code: 4403, reason: 'access was revoked' })
    const tokenMs = performance.now() - askedAt
    expect(await Promise.all([statusOf(there, herToken), statusOf(here, herToken), statusOf(there, otherToken)])).toEqual([401, 401, 200])

    const { id } = await start(createApiClient({ url: there, token: otherToken }), 'SANDBOX_EXERCISE', { items: 1_000, itemMs: 100 })
    const codes: unknown[] = []
    const streaming = (async () => {
      for await (const { data, errors } of createApiClient({ url: there, token: otherToken }).stream<object, object>(EVENTS, { id }))
        codes.push(errors?.[0]?.extensions?.['code'] ?? Object.keys(data ?? {})[0])
    })()
    await expect.poll(() => codes.length).toBeGreaterThan(0)
    const userAskedAt = performance.now()
    await revoke(admin, { userId: 'ana' })
    expect(await other.closed).toEqual({ code: 4403, reason: 'access was revoked' })
    const userMs = performance.now() - userAskedAt
    await streaming
    const streamMs = performance.now() - userAskedAt
    expect(codes.at(-1)).toBe('UNAUTHENTICATED')
    console.log(
      `bus ${bus}: revoked token's socket closed after ${Math.round(tokenMs)} ms, user's after ${Math.round(userMs)} ms, event stream ended after ${Math.round(streamMs)} ms`,
    )

    expect(await Promise.all([statusOf(there, otherToken), statusOf(there, hisToken)])).toEqual([401, 200])
    const late = await openSocket(`${there}/graphql`)
    late.send({ type: 'connection_init', payload: { token: otherToken } })
    expect(await late.closed).toEqual({ code: 4403, reason: 'access was revoked' })
    his.send({ type: 'ping' })
    expect(await his.next()).toEqual({ type: 'pong' })
    await control(admin, 'cancel', id)
  })
})

test('revoking twice is fine, a sign-in of a later second is good, and an instance that starts later knows', { timeout: 60_000 }, async () => {
  const [here, there] = await twoInstances('redis')
  const admin = createApiClient({ url: here, token: await tokenOf('root', { roles: ['ADMIN'] }) })
  const before = await tokenOf('ana')
  await revoke(admin, { userId: 'ana' })
  await revoke(admin, { userId: 'ana' })
  const revokedSecond = Math.floor(systemClock.now() / 1_000)
  await expect.poll(() => Math.floor(systemClock.now() / 1_000) > revokedSecond, { timeout: 5_000 }).toBe(true)
  expect(await Promise.all([statusOf(here, before), statusOf(here, await tokenOf('ana'))])).toEqual([401, 200])
  await expect.poll(() => statusOf(there, before)).toBe(401)
  const [late] = await twoInstances('none')
  expect(await Promise.all([statusOf(late, before), statusOf(late, await tokenOf('ana'))])).toEqual([401, 200])
})

test('an unmodified graphql-ws client keeps a lossless stream past the expiry of its first token, without a gap', { timeout: 60_000 }, async () => {
  const [url] = await twoInstances('redis')
  const ana = createApiClient({ url, token: await tokenOf('ana') })
  const { id, cursor } = await start(ana, 'SANDBOX_EXERCISE', { items: 5_000, itemMs: 20 })
  const firstEndsAt = systemClock.now() + 6_000
  let socket: WebSocket | undefined
  const [pongs, seqs, closes]: [unknown[], number[], unknown[]] = [[], [], []]
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { token: await tokenOf('ana', { secondsToLive: 6 }) },
    on: {
      opened: (opened) => {
        socket = opened as WebSocket
      },
      pong: (_received, payload) => pongs.push(payload),
      closed: (event) => closes.push(event),
    },
  })
  onTestFinished(() => client.dispose())
  client.subscribe<{ operationEvents: { seq?: number } }>(
    { query: EVENTS, variables: { id, after: cursor } },
    { next: ({ data }) => data?.operationEvents.seq !== undefined && seqs.push(data.operationEvents.seq), error: () => undefined, complete: () => undefined },
  )
  await expect.poll(() => seqs.length).toBeGreaterThan(0)
  socket?.send(JSON.stringify({ type: 'ping', payload: { token: await tokenOf('ana', { secondsToLive: 600 }) } }))
  await expect.poll(() => pongs).toMatchObject([{ authenticated: true, refreshed: true }])
  while (systemClock.now() < firstEndsAt + 500) {
    await control(ana, 'pause', id)
    await reaches(ana, id, 'PAUSED')
    await control(ana, 'resume', id)
    await reaches(ana, id, 'RUNNING')
  }
  await control(ana, 'cancel', id)
  const { operation } = await ana.ask<{ operation: { version: number } }, object>('query ($id: ID!) { operation(id: $id) { version } }', { id })
  await expect.poll(() => seqs.at(-1), { timeout: 10_000 }).toBeGreaterThanOrEqual(operation.version)
  const first = seqs[0] as number
  expect(seqs).toEqual(seqs.map((_, index) => first + index))
  expect(closes).toEqual([])
  console.log(`${seqs.length} events without a gap, the last ones after the first token had expired`)
})

test('a process takes the tokens of a Firebase project by configuration alone', { timeout: 120_000 }, async () => {
  const google = await startIssuer()
  const key = await google.addKey('one', 'RS256')
  google.fail()
  const app = await spawnApp({
    env: { DATABASE_URL: postgres.url, AUTH_FIREBASE_PROJECT: 'my-shop-1a2b3', AUTH_JWKS_URL: google.url, AUTH_ROLES_CLAIM: 'role' },
  })
  onTestFinished(async () => void (await app.kill()))
  const token = await key.sign(firebaseClaims('my-shop-1a2b3', { role: 'admin' }))
  const refused = async (bad: string) => {
    const socket = await openSocket(`${app.url}/graphql`)
    socket.send({ type: 'connection_init', payload: { token: bad } })
    return [await statusOf(app.url, bad), (await socket.closed).code]
  }
  expect(await refused(token)).toEqual([503, 1013])
  google.recover()
  const viewer = createApiClient({ url: app.url, token })
  expect(await viewer.ask('{ viewer { id roles } }')).toEqual({ viewer: { id: 'ana', roles: ['ADMIN'] } })
  expect(await refused(await key.sign(firebaseClaims('their-shop')))).toEqual([401, 4403])
  const socket = await connect(`${app.url}/graphql`, { token })
  await revoke(viewer, { userId: 'ana' })
  expect(await socket.closed).toEqual({ code: 4403, reason: 'access was revoked' })
  expect(await statusOf(app.url, token)).toBe(401)
  expect(await app.terminate()).toEqual({ code: 0, signal: null })
})
