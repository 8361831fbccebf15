import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  CancelOperationDocument,
  OperationDocument,
  OperationEventsDocument,
  type OperationViewFragment,
  PauseOperationDocument,
  ResumeOperationDocument,
  RetryOperationDocument,
  StartSandboxExerciseDocument,
  WatchOperationDocument,
  WatchOperationsDocument,
} from '../../src/client/generated/graphql.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { type Listening, listening } from './listening.ts'
import { apolloStory, type StoryClient, urqlStory, wsStory } from './story-client.ts'

let fresh: FreshDatabase
let server: Listening
let client: StoryClient
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh)
})
afterEach(async () => {
  await client.close()
  expect(server.hidden).toEqual([])
})
afterAll(async () => {
  await server.stop()
  await fresh.drop()
})

const stateOf = (answer: { readonly __typename: string; readonly operation?: { readonly state: string } | null }): string =>
  answer.operation?.state ?? answer.__typename

test.each([
  ['graphql-ws', wsStory],
  ['@apollo/client', apolloStory],
  ['@urql/core', urqlStory],
] as const)('%s starts, watches, pauses, resumes, retries and cancels', async (_name, connect) => {
  client = connect(server.url())
  const { startSandboxExercise: started } = await client.mutate(StartSandboxExerciseDocument, {
    input: { items: 120, itemMs: 10, failAt: 100, failAs: 'PERMANENT' },
  })
  if (started.__typename !== 'OperationPayload') throw new Error(started.__typename)
  const { id } = started.operation

  const frames: OperationViewFragment[] = []
  const panel: OperationViewFragment[] = []
  const seqs: number[] = []
  const leave = [
    client.watch(WatchOperationDocument, { id, minIntervalMs: 50 }, ({ operation }) => frames.push(operation)),
    client.watch(WatchOperationsDocument, { filter: { types: ['SANDBOX_EXERCISE'] } }, ({ operations }) => panel.push(operations)),
    client.watch(OperationEventsDocument, { operationId: id, after: started.cursor, follow: true }, ({ operationEvents: frame }) => {
      if (frame.__typename === 'OperationEvent') seqs.push(frame.seq)
    }),
  ]
  const shows = async (state: string) => {
    await expect.poll(() => frames.at(-1)?.state, { timeout: 15_000 }).toBe(state)
  }
  const input = { id }

  await expect.poll(() => frames.at(-1)?.progress.done ?? 0, { timeout: 15_000 }).toBeGreaterThan(5)
  expect(stateOf((await client.mutate(PauseOperationDocument, { input })).pauseOperation)).toBe('PAUSING')
  await shows('PAUSED')
  expect(
    frames
      .at(-1)
      ?.actions.filter(({ enabled }) => enabled)
      .map(({ action }) => action),
  ).toEqual(['RESUME', 'CANCEL'])
  expect((await client.mutate(ResumeOperationDocument, { input })).resumeOperation.__typename).toBe('OperationPayload')
  await shows('FAILED')
  expect(frames.at(-1)?.failure).toMatchObject({ code: 'SANDBOX_FAILURE', step: 'work', retryable: false })
  expect((await client.mutate(PauseOperationDocument, { input })).pauseOperation).toMatchObject({
    __typename: 'InvalidStateError',
    code: 'INVALID_STATE',
    allowed: ['RETRY'],
  })
  expect((await client.mutate(RetryOperationDocument, { input: { id, from: 'START' } })).retryOperation.__typename).toBe('OperationPayload')
  await shows('RUNNING')
  expect((await client.mutate(CancelOperationDocument, { input })).cancelOperation.__typename).toBe('OperationPayload')
  await shows('CANCELED')

  const { operation } = await client.query(OperationDocument, { id })
  expect(operation).toMatchObject({ state: 'CANCELED', done: true })
  const version = operation?.version ?? 0
  // The stream begins after the payload's cursor, and gives everything from there on, in order.
  await expect.poll(() => seqs.at(-1), { timeout: 5_000 }).toBe(version)
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => version - seqs.length + 1 + index))
  for (const seen of [frames, panel.filter((one) => one.id === id)]) {
    expect(seen.map((one) => one.version)).toEqual(seen.map((one) => one.version).toSorted((left, right) => left - right))
    expect(seen.map((one) => one.progress.revision)).toEqual(seen.map((one) => one.progress.revision).toSorted((left, right) => left - right))
  }
  for (const end of leave) end()
  await expect.poll(() => (server.apps[0] as (typeof server.apps)[number]).server.open.streams).toBe(0)
})

test("Apollo's cache shows what subscriptions bring, without a refetch", async () => {
  const apollo = apolloStory(server.url())
  client = apollo
  const { startSandboxExercise: started } = await apollo.mutate(StartSandboxExerciseDocument, { input: { items: 20, itemMs: 5 } })
  if (started.__typename !== 'OperationPayload') throw new Error(started.__typename)
  const { id } = started.operation
  const shown: string[] = []
  const query = apollo.client.watchQuery({ query: OperationDocument, variables: { id } }).subscribe(({ data }) => {
    if (data?.operation?.state) shown.push(data.operation.state)
  })
  const leave = apollo.watch(WatchOperationDocument, { id }, () => undefined)
  await expect.poll(() => shown.at(-1), { timeout: 10_000 }).toBe('COMPLETED')
  query.unsubscribe()
  leave()
})
