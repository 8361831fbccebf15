import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { control, reaches, start } from '../chaos/control-story.ts'
import { openSocket } from '../server/raw-socket.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { type Listening, listening } from './listening.ts'

/** What clumsy and hostile clients send to a listening server: each gets a typed answer, nothing is changed, and the server goes on. */
const HEADER = 'card,holder,date,description,amount,currency,installment,reference'
const START =
  'mutation ($input: StartStatementImportInput!) { startStatementImport(input: $input) { __typename ... on Error { code message } ... on OperationPayload { operation { id } } } }'
const COUNTS = statement(
  'clients_counts',
  `select (select count(*) from operation)::int as operations, (select count(*) from event)::int as events, (select count(*) from upload)::int as uploads,
    (select count(*) from upload_chunk)::int as chunks, (select count(*) from statement_batch)::int as batches, (select count(*) from statement_row)::int as rows`,
)

let fresh: FreshDatabase
let server: Listening
let api: ApiClient
let before: object[]
const counts = () => fresh.database.run<object>(COUNTS, [])
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh, { env: { MAX_FILE_SIZE: String(52_428_800) } })
  api = createApiClient({ url: server.url() })
})
beforeEach(async () => {
  before = await counts()
})
afterEach(async () => {
  await expect.poll(() => server.apps[0]?.server.open.requests).toBe(0)
  expect((await fetch(`${server.url()}/livez`)).status).toBe(200)
  expect(server.hidden).toEqual([])
})
afterAll(async () => {
  await server.stop()
  await fresh.drop()
})

const post = (body: string | Uint8Array<ArrayBuffer> | FormData, headers: Record<string, string> = {}) =>
  fetch(`${server.url()}/graphql`, { method: 'POST', body, headers: { 'x-batuta-csrf': '1', ...headers } })
const json = { 'content-type': 'application/json' }

async function expectRefused(response: Response, statuses: readonly number[]): Promise<void> {
  const body = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] }
  expect(body.errors[0]?.extensions.code).toMatch(/^INVALID_INPUT|TOO_COMPLEX$/)
  expect(body.errors[0]?.message).not.toMatch(/at .*\.ts|node_modules|SELECT|undefined/)
  expect(statuses).toContain(response.status)
  expect(await counts()).toEqual(before)
}

const deep = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)

test.each([
  ['variables 10,000 deep', `{"query":"{ viewer { id } }","variables":{"a":${deep(10_000)}}}`],
  ['a body 10,000 deep', deep(10_000)],
  ['objects 10,000 deep', `{"query":"{ viewer { id } }","variables":${deep(10_000, '{"a":', '}').replace('}', '1}')}}`],
  ['a document 10,000 deep', JSON.stringify({ query: deep(10_000, '{ a ', '}') })],
  [
    'a literal 10,000 deep',
    JSON.stringify({
      query: `mutation { startOperation(input: { type: SANDBOX_EXERCISE, input: ${deep(10_000, '{ a: ', '}').replace('}', '1}')} }) { __typename } }`,
    }),
  ],
  ['a list of lists in a literal', JSON.stringify({ query: `{ nodes(ids: ${deep(10_000)}) { id } }` })],
  ['half of a JSON', '{"query":"{ viewer'],
  ['nothing', ''],
  ['a number', '42'],
  ['an operation name that is none', JSON.stringify({ query: '{ viewer { id } }', operationName: 7 })],
  ['a query that is a list', JSON.stringify({ query: ['{ viewer { id } }'] })],
  ['no UTF-8', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d])],
])('%s as JSON is refused', async (_name, body) => {
  await expectRefused(await post(body, json), [200, 400, 413])
})

test('an own property named __proto__ or constructor changes nothing for others', async () => {
  const response = await post(
    '{"query":"query ($__proto__: Int, $constructor: Int) { viewer { id } }","variables":{"__proto__":{"polluted":1},"constructor":1}}',
    json,
  )
  await response.text()
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(await api.ask('{ viewer { id } }')).toEqual({ viewer: { id: 'local' } })
})

const bytes = (size: number): Buffer => {
  const line = '4111111111111111,ANA,2024-01-02,SHOP,1.00,EUR,,R-0\n'
  return Buffer.from(`${HEADER}\n${line.repeat(Math.ceil(size / line.length))}`).subarray(0, size)
}
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

test.each([
  ['60 MiB', bytes(62_914_560)],
  ['binary', Buffer.concat([png, Buffer.alloc(5_000, 0)])],
  ['empty', Buffer.alloc(0)],
  ['header missing', Buffer.from('4111111111111111,ANA,2024-01-02,SHOP,1.00,EUR,,R-1\n')],
  ['columns missing', Buffer.from('card,holder,date\n1,2,3\n')],
  ['a byte order mark only', Buffer.from('\ufeff')],
  ['UTF-16', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le')],
  ['line ends only', Buffer.from('\n\r\n\n')],
  ['a first line that never ends', Buffer.alloc(2_000_000, 'a')],
  ['a column twice', Buffer.from(`${HEADER},card\n`)],
])('a file that is no statement (%s) is refused, or fails its import for good', { timeout: 60_000 }, async (name, content) => {
  const form = new FormData()
  form.set('operations', JSON.stringify({ query: START, variables: { input: { file: null } } }))
  form.set('map', JSON.stringify({ 0: ['variables.input.file'] }))
  form.set('0', new Blob([Buffer.from(content)]), `${name}.csv`)
  const { errors, data } = (await (await post(form)).json()) as Started
  const refusal = errors?.[0]?.extensions.code ?? data?.startStatementImport.code
  const failure = refusal === undefined ? await failureOf(data?.startStatementImport.operation?.id as string) : undefined
  expect(refusal ?? failure?.code).toMatch(/^(?!HANDLER_FAILED|INTERNAL)[A-Z_]+$/)
  expect(failure?.retryable ?? false).toBe(false)
  expect(JSON.stringify(await counts()) === JSON.stringify(before)).toBe(refusal !== undefined)
})

interface Started {
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
  readonly data?: { readonly startStatementImport: { readonly code?: string; readonly operation?: { readonly id: string } } }
}

interface Failure {
  readonly code: string
  readonly retryable: boolean
}

/** Waits for the end of an import that must fail. */
async function failureOf(id: string): Promise<Failure | null> {
  await reaches(api, id, 'FAILED')
  const { operation } = await api.ask<{ operation: { failure: Failure | null } }, object>(
    'query ($id: ID!) { operation(id: $id) { failure { code retryable } } }',
    { id },
  )
  return operation.failure
}

const boundary = 'frontier'
const part = (head: string, body: string) => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`
const operations = JSON.stringify({ query: START, variables: { input: { file: null } } })
const END = `--${boundary}--\r\n`
const map = '{"0":["variables.input.file"]}'

test.each([
  [
    'no end',
    part('name="operations"', operations) +
      part('name="map"', map) +
      `--${boundary}\r\ncontent-disposition: form-data; name="0"; filename="a.csv"\r\n\r\n${HEADER}\n`,
  ],
  ['no operations', part('name="map"', map) + part('name="0"; filename="a.csv"', HEADER)],
  [
    'a map to nowhere',
    part('name="operations"', operations) +
      part('name="map"', '{"0":["variables.input.__proto__"]}') +
      part('name="0"; filename="a.csv"', HEADER) +
      `--${boundary}--\r\n`,
  ],
  ['a map to the query', part('name="operations"', operations) + part('name="map"', '{"0":["query"]}') + part('name="0"; filename="a.csv"', HEADER) + END],
  ['operations 10,000 deep', part('name="operations"', deep(10_000)) + part('name="map"', map) + part('name="0"; filename="a.csv"', HEADER) + END],
  [
    'two files',
    part('name="operations"', operations) +
      part('name="map"', map) +
      part('name="0"; filename="a.csv"', HEADER) +
      part('name="1"; filename="b.csv"', HEADER) +
      `--${boundary}--\r\n`,
  ],
  ['nothing at all', ''],
  ['noise', 'x'.repeat(100_000)],
])('a malformed multipart body (%s) is refused', async (_name, body) => {
  const response = await post(body, { 'content-type': `multipart/form-data; boundary=${boundary}` })
  const answer = (await response.json()) as { errors?: { extensions: { code: string } }[]; data?: { startStatementImport: { code: string } } | null }
  expect(answer.errors?.[0]?.extensions.code ?? answer.data?.startStatementImport.code).toBe('INVALID_INPUT')
  expect(await counts()).toEqual(before)
})

test('a double click with an idempotency key, twenty times at once, starts one import', async () => {
  const file = { name: 'a.csv', content: new Blob([`${HEADER}\n4111111111111111,ANA,2024-01-02,SHOP,1.00,EUR,,R-1\n`]) }
  const click = () => api.upload<{ startStatementImport: { operation: { id: string } } }>(START, { input: { idempotencyKey: 'click' } }, file)
  const answers = await Promise.all(Array.from({ length: 20 }, click))
  const ids = new Set(answers.map(({ startStatementImport }) => startStatementImport.operation.id))
  expect(ids.size).toBe(1)
  await reaches(api, [...ids][0] as string, 'COMPLETED')
  const other = await api.upload(START, { input: { idempotencyKey: 'click', batchSize: 7 } }, file)
  expect(other).toMatchObject({ startStatementImport: { __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_CONFLICT' } })
})

test('pause, resume, cancel and retry all at once, again and again, leave one history and an operation that ends', async () => {
  const { id } = await start(api, 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 1 })
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(
      (['pause', 'resume', 'pause', 'resume', 'retry', ...(round === 5 ? (['cancel', 'cancel'] as const) : [])] as const).map((verb) => control(api, verb, id)),
    )
    for (const { __typename } of answers) expect(['OperationPayload', 'InvalidStateError']).toContain(__typename)
  }
  await control(api, 'cancel', id)
  await reaches(api, id, 'CANCELED')
  const rows = await fresh.database.run<{ seqs: number; head: number; version: number }>(
    statement(
      'clients_contiguous',
      'select count(*)::int as seqs, max(e.seq) as head, max(o.version) as version from event e join operation o on o.id = e.stream group by e.stream',
    ),
    [],
  )
  for (const { seqs, head, version } of rows) expect([seqs, head]).toEqual([version, version])
})

test('an upload whose client leaves in the middle leaves nothing behind', async () => {
  const { hostname, port } = new URL(server.url())
  for (const cutAt of [10, 200, 700, 100_000]) {
    const body =
      part('name="operations"', operations) +
      part('name="map"', map) +
      `--${boundary}\r\ncontent-disposition: form-data; name="0"; filename="a.csv"\r\n\r\n${bytes(200_000).toString()}`
    const socket = connect(Number(port), hostname)
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => undefined)
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\nx-batuta-csrf: 1\r\ncontent-type: multipart/form-data; boundary=${boundary}\r\ncontent-length: 900000\r\n\r\n`,
    )
    socket.write(body.slice(0, cutAt), () => socket.destroy())
    await gone
  }
  await expect.poll(() => server.apps[0]?.server.open.requests).toBe(0)
  await expect.poll(counts).toEqual(before)
})

test('a socket that sends nonsense costs itself only', async () => {
  const { id } = await start(api, 'SANDBOX_EXERCISE', { items: 2_000, itemMs: 5 })
  const watching = api.watch<object, object>('subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { state } }', { id })
  await watching.next()
  for (const nonsense of ['not JSON', '[]', '{"type":"subscribe"}', `{"type":"connection_init","payload":${deep(10_000)}}`, '{"type":"__proto__"}']) {
    const socket = await openSocket(`${server.url()}/graphql`)
    socket.send(nonsense)
    expect((await socket.closed).code).toBeGreaterThanOrEqual(4_400)
  }
  expect(await watching.next()).toBeDefined()
  await watching.end()
  await control(api, 'cancel', id)
  await reaches(api, id, 'CANCELED')
})
