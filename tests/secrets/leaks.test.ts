import { createHmac } from 'node:crypto'
import { createClient } from 'graphql-ws'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type SpawnedApp, spawnApp } from '../../src/testing/spawned-app.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { ownPostgres } from '../setup/databases.ts'
import { findSecrets, PLANTED, PLANTED_VARIABLES, SECRET_VARIABLES } from '../setup/planted-secrets.ts'
import type { PostgresServer } from '../setup/postgres-server.ts'
import { ownRedis } from '../setup/redis.ts'
import type { RedisServer } from '../setup/redis-server.ts'

/** A real server that was given every secret, on a PostgreSQL and a Redis that ask for passwords, and errors of all kinds: none of it may show one. */
let postgres: PostgresServer
let redis: RedisServer
/** The role of the server, which must sign in. */
let databaseUrl: string

beforeAll(async () => {
  ;[postgres, redis] = await Promise.all([ownPostgres(), ownRedis({ password: `not ${PLANTED.redisPassword.toUpperCase()}` })])
  const admin = new pg.Client({ connectionString: postgres.url })
  await admin.connect()
  await admin.query(`create role batuta login password '${PLANTED.databasePassword}'`)
  await admin.query('create database batuta owner batuta')
  const { rows } = await admin.query<{ hba_file: string }>('show hba_file')
  await admin.query(`copy (select * from unnest(array['host all batuta all scram-sha-256', 'host all all all trust'])) to '${rows[0]?.hba_file}'`)
  await admin.query('select pg_reload_conf()')
  await admin.end()
  const address = new URL(postgres.url)
  address.username = 'batuta'
  address.password = PLANTED.databasePassword
  address.pathname = '/batuta'
  databaseUrl = address.href
})
afterAll(async () => {
  await Promise.all([postgres.stop(), redis.stop()])
})

/** All secrets planted; the stores as given. */
const environment = (more: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(SECRET_VARIABLES.flatMap((name) => (PLANTED_VARIABLES[name] === undefined ? [] : [[name, PLANTED_VARIABLES[name]]]))),
  LOG_LEVEL: 'trace',
  // What SMTP_URL asks for beside it.
  NOTIFICATION_FROM: 'batuta@example.com',
  // And TIENDANUBE_APP_SECRET.
  TIENDANUBE_APP_ID: '4711',
  // What the secrets of WhatsApp are for.
  WHATSAPP_GATEWAY: 'whatsapp-cloud',
  WHATSAPP_CLOUD_API_URL: 'http://127.0.0.1:1',
  WHATSAPP_CLOUD_PHONE_NUMBER_ID: '1',
  WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: '2',
  PUBLIC_URL: 'https://batuta.example.com',
  // And the keys of the providers.
  CHAT_COMPLETIONS_URL: 'http://127.0.0.1:1/v1/chat/completions',
  CHAT_COMPLETIONS_MODEL: 'words',
  EMBEDDINGS_URL: 'http://127.0.0.1:1/v1/embeddings',
  EMBEDDINGS_MODEL: 'vectors',
  SANDBOX_OPERATIONS: 'true',
  ...more,
})

/** The words of a server that does not start. */
async function refusal(more: Readonly<Record<string, string>>): Promise<string> {
  let output = ''
  const app = await spawnApp({ env: environment(more), onOutput: (text) => (output += text) }).catch((error: unknown) => error as Error)
  if (!(app instanceof Error)) {
    await app.kill()
    throw new Error('expected it not to start')
  }
  expect(output).not.toBe('')
  return output
}

const none = (text: string, secrets: Readonly<Record<string, string>> = PLANTED) => expect(findSecrets(text, secrets)).toEqual([])

describe('a server that can not start says why without a secret', () => {
  test('when the database refuses its password', { timeout: 60_000 }, async () => {
    const wrong = new URL(databaseUrl)
    wrong.password = PLANTED.smtpPassword
    const output = await refusal({ DATABASE_URL: wrong.href })
    expect(output).toContain('password authentication failed')
    none(output)
  })

  test('when there is no database', { timeout: 60_000 }, async () => {
    none(await refusal({}))
    none(await refusal({ DATABASE_URL: databaseUrl.replace('/batuta', '/nothing-there') }))
  })

  test('when values of its configuration are wrong', { timeout: 60_000 }, async () => {
    const broken = Object.fromEntries(SECRET_VARIABLES.map((name) => [name, `\u0001 ${PLANTED_VARIABLES[name] ?? ''}`]))
    const output = await refusal({ ...broken, AUTH_JWT_SECERT: PLANTED.jwtSecret, DATABASE_URL: `mysql://a:${PLANTED.databasePassword}@b`, PORT: 'x' })
    expect(output).toContain('DATABASE_URL')
    none(output)
  })
})

describe('a server that runs', () => {
  let app: SpawnedApp
  let log = ''
  const answers: string[] = []
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    app = await spawnApp({
      env: environment({ DATABASE_URL: databaseUrl, REDIS_URL: `redis://:${encodeURIComponent(PLANTED.redisPassword)}@${new URL(redis.url).host}` }),
      onOutput: (text) => (log += text),
    })
    const sign = (subject: string, roles: readonly ('USER' | 'ADMIN' | 'SERVICE')[], more = {}) =>
      signToken({ secret: PLANTED.jwtSecret, subject, roles, ...more })
    tokens['user'] = await sign('ana', ['USER'])
    tokens['service'] = await sign('sync', ['SERVICE'])
    tokens['admin'] = await sign('root', ['ADMIN'])
    tokens['expired'] = await sign('ana', ['USER'], { secondsToLive: -60 })
    tokens['foreign'] = await signToken({ secret: `${PLANTED.jwtSecret}?`, subject: 'ana', roles: ['ADMIN'] })
  }, 120_000)
  afterAll(() => app.kill())

  const ask = async (body: unknown, token?: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const answer = `${JSON.stringify([...response.headers])}\n${await response.text()}`
    answers.push(answer)
    return answer
  }

  const overSocket = (payload: Readonly<Record<string, unknown>>): Promise<void> =>
    new Promise((resolve) => {
      const client = createClient({ url: `${app.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: payload })
      const end = (what: unknown) => {
        answers.push(JSON.stringify(what instanceof Error ? what.message : what) ?? '')
        void client.dispose()
        resolve()
      }
      client.subscribe(
        { query: '{ viewer { id } }' },
        {
          next: end,
          error: (error) => end(error instanceof Error ? error.message : String((error as { reason?: unknown }).reason ?? error)),
          complete: () => undefined,
        },
      )
    })

  test('shows none in logs, answers, events and health checks, whatever goes wrong', { timeout: 120_000 }, async () => {
    const [user = '', service = '', root = ''] = [tokens['user'], tokens['service'], tokens['admin']]
    // Tokens that are no good.
    for (const token of [tokens['expired'], tokens['foreign'], `${user}x`, PLANTED.jwtSecret, createHmac('sha256', PLANTED.jwtSecret).digest('hex')])
      await ask({ query: '{ viewer { id } }' }, token)
    for (const authorization of [`Bearer ${tokens['expired']}`, `Bearer ${tokens['foreign']}`, user]) await overSocket({ authorization })
    // Documents and variables that quote one.
    await ask({ query: `{ operation(id: "${user}") { id }` }, user)
    await ask({ query: '{ operations(first: -1) { edges { cursor } } }', variables: { token: user } }, user)
    await ask({ query: 'query ($id: ID!) { operation(id: $id) { id } }', variables: { id: user } }, user)
    await ask(`{ "query": "{ viewer { id } }", "authorization": "${user}"`, user)
    await ask({ query: '{ viewer { id } }' }, user, { origin: 'https://evil.example', cookie: `token=${user}` })
    // Work, and a failure of work elsewhere.
    await ask({ query: 'mutation { startSandboxExercise(input: { items: 3, itemMs: 1, failAt: 2, failAs: PERMANENT }) { __typename } }' }, user)
    await ask({ query: 'mutation { openExternalOperation(input: { title: "Sync", ownerId: "ana", deadlineSeconds: 1 }) { __typename } }' }, service)
    await ask({ query: 'mutation { revokeAccess(input: { tokenId: "none", reason: "lost" }) { __typename } }' }, root)
    // A bug, as far as clients are concerned: a table is gone.
    const inside = new pg.Client({ connectionString: postgres.url.replace(/\/postgres$/, '/batuta') })
    await inside.connect()
    await inside.query('alter table sale rename to sale_away')
    expect(await ask({ query: '{ sales { edges { node { id } } } }' }, root)).toContain('INTERNAL')
    await inside.query('alter table sale_away rename to sale')
    await inside.end()
    // Redis refuses the password.
    await expect.poll(() => log, { timeout: 30_000 }).toContain('bus.connection.failed')
    await expect
      .poll(
        async () =>
          (await ask({ query: '{ operations(filter: { states: [FAILED] }) { edges { node { id failure { message } } } } }' }, user)).match(/operation_/g)
            ?.length,
        { timeout: 30_000 },
      )
      .toBe(2)

    for (const path of ['/readyz', '/livez', '/', '/graphql', '/none'])
      answers.push(await (await fetch(`${app.url}${path}`, { headers: { accept: 'text/html' } })).text())
    // A consent that leads nowhere, and one while there is no database.
    const consent = `${app.url}/oauth/tiendanube/callback?code=${PLANTED.consentCode}&state=${'x'.repeat(43)}`
    answers.push(await (await fetch(consent)).text())
    // The database goes away, and comes back with sessions that were cut.
    await postgres.halt('SIGINT')
    await ask({ query: '{ operations { edges { node { id } } } }' }, user)
    answers.push(await (await fetch(`${app.url}/readyz`)).text(), await (await fetch(consent)).text())
    await postgres.restart()

    expect(answers.length).toBeGreaterThan(20)
    none(answers.join('\n'))
    none(log)
    // Of a token its signature is the secret part; answers may repeat to a sender what the sender wrote.
    const signatures = Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, token.split('.')[2] ?? token]))
    none(log, signatures)
  })

  test('has stored none', { timeout: 60_000 }, async () => {
    const inside = new pg.Client({ connectionString: postgres.url.replace(/\/postgres$/, '/batuta') })
    await inside.connect()
    const { rows: tables } = await inside.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public'`)
    for (const { name } of tables) {
      const { rows } = await inside.query<{ text: string }>(`select t::text as text from ${pg.escapeIdentifier(name)} t limit 10000`)
      none(rows.map(({ text }) => text).join('\n'))
    }
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['event', 'operation', 'revocation']))
    await inside.end()
  })
})
