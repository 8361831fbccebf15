import { afterEach, expect, test } from 'vitest'
import { createApiClient, type WatchedStream } from '../../../src/testing/api-client.ts'
import { type Listening, listening } from '../../clients/listening.ts'
import { type FreshPostgres, freshPostgres } from '../../setup/databases.ts'
import { INSTANCES, INVALID_INDEXES } from './maintenance-world.ts'

const START = (type: string, input: string) =>
  `mutation { result: startOperation(input: { type: ${type}, input: ${input} }) { ... on OperationPayload { operation { id } } ... on Error { message } } }`
const WATCH = 'subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { state done attempt progress { done } } }'
const HISTORY =
  'query ($id: ID!) { operation(id: $id) { state events(first: 100) { edges { node { type } } } ... on SystemMaintenanceOperation { result { instances checks { name } } } } }'
const SETTLED = { name: 'test_settled', text: 'select sum(rescues)::int as rescues, sum(failures)::int as failures from operation' }

interface Seen {
  readonly operation: { readonly state: string; readonly done: boolean; readonly attempt: number; readonly progress: { readonly done: number } }
}
interface Started {
  readonly result: { readonly operation: { readonly id: string } }
}
interface Story {
  readonly operation: { readonly state: string; readonly events: { readonly edges: { readonly node: { readonly type: string } }[] }; readonly result?: object }
}

let postgres: FreshPostgres
let world: Listening
afterEach(async () => {
  await world.stop()
  await postgres.drop()
})

test('both of two instances restart their workers; what runs goes on from its checkpoint, and clients keep their sockets', { timeout: 60_000 }, async () => {
  postgres = await freshPostgres()
  world = await listening(postgres, { instances: 2 })
  const apis = [createApiClient({ url: world.url(0) }), createApiClient({ url: world.url(1) })] as const
  const before = world.apps.map((app) => app.engine.instanceId)
  const items = 200
  const exercises: string[] = []
  for (const api of [...apis, ...apis]) {
    exercises.push((await api.ask<Started, object>(START('SANDBOX_EXERCISE', `{ items: ${items}, itemMs: 20 }`))).result.operation.id)
  }
  const watched: WatchedStream<Seen>[] = exercises.map((id, index) => (apis[index % 2] as (typeof apis)[0]).watch<Seen, object>(WATCH, { id }))
  const done = watched.map((stream) => stream.until(({ operation }) => operation.done))
  const { id } = (await apis[0].ask<Started, object>(START('SYSTEM_MAINTENANCE', '{ reason: "Test" }'))).result.operation
  const sockets = apis.map((api) => api.watch<Seen, object>(WATCH, { id }))
  for (const socket of sockets) expect((await socket.until(({ operation }) => operation.done)).operation).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  const story = (await apis[1].ask<Story, object>(HISTORY, { id })).operation
  expect(story.result).toMatchObject({
    instances: 2,
    checks: [{ name: 'database' }, { name: 'indexes' }, { name: 'workers' }, { name: 'bus' }, { name: 'events' }],
  })
  expect(story.events.edges.map(({ node }) => node.type)).toContain('RESCUED')
  // The same incarnations: they drained and began again, they did not die.
  expect(world.apps.map((app) => app.engine.instanceId)).toEqual(before)
  expect((await postgres.database.run<{ id: string; generation: number }>(INSTANCES, [])).map(({ generation }) => generation)).toEqual([1, 1])
  expect(await postgres.database.run(INVALID_INDEXES, [])).toEqual([])
  for (const { operation } of await Promise.all(done)) expect(operation).toMatchObject({ state: 'COMPLETED', attempt: 1, progress: { done: items } })
  expect(await postgres.database.run(SETTLED, [])).toEqual([{ rescues: 0, failures: 0 }])
  for (const stream of [...watched, ...sockets]) await stream.end()
  expect(world.hidden).toEqual([])
})
