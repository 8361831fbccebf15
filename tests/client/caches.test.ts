import { readFileSync } from 'node:fs'
import { InMemoryCache } from '@apollo/client'
import { buildSchema, isObjectType, parse } from 'graphql'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { possibleTypes, typePolicies } from '../../src/client/apollo.ts'
import { OperationHistoryDocument, StartStatementImportDocument } from '../../src/client/generated/graphql.ts'
import { graphcacheConfig } from '../../src/client/graphcache.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { start } from '../chaos/control-story.ts'
import { sampleFile } from '../chaos/import-story.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { apolloOverKit, type KitClient, kitClient, urqlOverKit } from './clients.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))

let fresh: FreshDatabase
let server: Listening
let client: KitClient | undefined
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh)
  for (let count = 0; count < 5; count += 1) await start(createApiClient({ url: server.url() }), 'SANDBOX_EXERCISE', { items: 1 })
})
afterEach(async () => {
  await client?.close()
  client = undefined
})
afterAll(async () => {
  await server.stop()
  await fresh.drop()
})

test('what caches are told is true of the schema', () => {
  const objects = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  const unkeyed = Object.keys(graphcacheConfig.keys)
  for (const type of objects) {
    if (!isObjectType(type) || ['Query', 'Mutation', 'Subscription'].includes(type.name)) continue
    expect([type.name, unkeyed.includes(type.name)]).toEqual([type.name, !('id' in type.getFields())])
  }
  expect(possibleTypes['Operation']).toContain('StatementImportOperation')
})

describe("Apollo's cache", () => {
  const parts = parse('{ operation(id: "o") { id __typename progress { __typename revision done } failure { __typename code message } } }')
  const write = (cache: InMemoryCache, rest: object) =>
    cache.writeQuery({ query: parts, data: { operation: { __typename: 'SandboxExerciseOperation', id: 'o', ...rest } } })

  test('merges progress, replaces other parts, and warns of nothing', () => {
    const warned = vi.spyOn(console, 'warn')
    const cache = new InMemoryCache({ possibleTypes, typePolicies })
    write(cache, { progress: { __typename: 'OperationProgress', revision: 1, done: 1 }, failure: { __typename: 'OperationFailure', code: 'A', message: 'a' } })
    cache.writeQuery({
      query: parse('{ operation(id: "o") { id __typename progress { __typename revision } failure { __typename code } } }'),
      data: {
        operation: {
          __typename: 'SandboxExerciseOperation',
          id: 'o',
          progress: { __typename: 'OperationProgress', revision: 2 },
          failure: { __typename: 'OperationFailure', code: 'B' },
        },
      },
    })
    const read = cache.readQuery<{ operation: Record<string, object> }>({ query: parts, returnPartialData: true })
    const operation = read?.operation as Record<string, object>
    expect(operation['progress']).toEqual({ __typename: 'OperationProgress', revision: 2, done: 1 })
    expect(operation['failure']).toEqual({ __typename: 'OperationFailure', code: 'B' })
    expect(warned).not.toHaveBeenCalled()
    warned.mockRestore()
  })
})

describe.each([
  ['Apollo', apolloOverKit],
  ['urql with graphcache', urqlOverKit],
] as const)('a list in %s', (_name, connect) => {
  test('grows by its pages', async () => {
    client = connect(server.url())
    const { operations: first } = await client.query(OperationHistoryDocument, { first: 3 })
    const { operations: second } = await client.query(OperationHistoryDocument, { first: 3, after: first.pageInfo.endCursor as string })
    const ids = [...first.edges, ...second.edges].map(({ node }) => node.id)
    expect(new Set(ids).size).toBe(5)
    const lists: string[][] = []
    client.show?.(OperationHistoryDocument, { first: 3 }, ({ operations }) => lists.push(operations.edges.map(({ node }) => node.id)))
    await expect.poll(() => [...(lists.at(-1) ?? [])].toSorted()).toEqual([...new Set(ids)].toSorted())
  })
})

test('the longest page is within the limits of the server, with what the kit adds', async () => {
  client = kitClient(server.url())
  const { operations } = await client.query(OperationHistoryDocument, { first: 100 })
  expect(operations.edges.length).toBeGreaterThanOrEqual(5)
})

test('the kit uploads files', async () => {
  client = kitClient(server.url())
  const file = new File([(await sampleFile(20)).content], 'sample.csv')
  const { startStatementImport: answer } = await client.mutate(StartStatementImportDocument, { input: { file } })
  expect(answer.__typename).toBe('OperationPayload')
})
