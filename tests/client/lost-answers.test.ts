import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StartSandboxExerciseDocument } from '../../src/client/generated/graphql.ts'
import { statement } from '../../src/database/statement.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { apolloOverPlainWire, kitClient, urqlOverPlainWire } from './clients.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

const COUNT = statement('client_count_operations', 'select count(*)::int as operations from operation')

let fresh: FreshDatabase
let server: Listening
let proxy: FaultyProxy
let before: number
const count = async () => (await fresh.database.run<{ operations: number }>(COUNT, []))[0]?.operations as number
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh)
  proxy = await startProxy(() => server.url())
})
beforeEach(async () => {
  before = await count()
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
  await fresh.drop()
})

describe.each([
  ['the kit', kitClient],
  ['Apollo with a RetryLink', apolloOverPlainWire],
  ['urql with a retryExchange', urqlOverPlainWire],
] as const)('a start over %s', (_name, connect) => {
  test('whose answer is lost is sent again and starts one operation', async () => {
    const client = connect(proxy.url)
    const lost = proxy.loseAnswer('startSandboxExercise')
    const [{ startSandboxExercise: answer }] = await Promise.all([client.mutate(StartSandboxExerciseDocument, { input: { items: 1 } }), lost])
    expect(answer).toMatchObject({ __typename: 'OperationPayload', replayed: true })
    expect(await count()).toBe(before + 1)
    await client.close()
  })

  test('that is asked for twice starts two, unless the caller says that they are one', async () => {
    const client = connect(proxy.url)
    const input = { items: 1 }
    const start = async (keyed: typeof input & { idempotencyKey?: string }) => {
      const { startSandboxExercise: answer } = await client.mutate(StartSandboxExerciseDocument, { input: keyed })
      return answer.__typename === 'OperationPayload' ? answer.replayed : answer.__typename
    }
    expect([await start(input), await start(input)]).toEqual([false, false])
    const idempotencyKey = `mine ${_name}`
    expect([await start({ ...input, idempotencyKey }), await start({ ...input, idempotencyKey })]).toEqual([false, true])
    expect(await count()).toBe(before + 3)
    await client.close()
  })
})
