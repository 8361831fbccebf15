import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { ApolloClient } from '@apollo/client'
import type { Client } from '@urql/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperationDocument, OperationEventsDocument } from '../../src/client/generated/graphql.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { start } from '../chaos/control-story.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { ROOT } from '../setup/source-files.ts'

const page = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8')
const examples = [...page.matchAll(/<!-- example:([\w-]+) -->\n```ts\n([\s\S]*?)```/g)].map(([, name, text]) => [`${name}.ts`, text as string] as const)

let folder: string
let fresh: FreshDatabase
let server: Listening
beforeAll(async () => {
  // Inside the project, so that the files find `batuta`.
  mkdirSync(join(ROOT, '.batuta'), { recursive: true })
  folder = mkdtempSync(join(ROOT, '.batuta', 'clients-'))
  for (const [name, text] of examples) writeFileSync(join(folder, name), text)
  fresh = await freshPglite()
  server = await listening(fresh)
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.stop()
  await fresh.drop()
})

const load = async <Module>(name: string): Promise<Module> => (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as Module
const api = () => createApiClient({ url: server.url() })

test('the examples of docs/clients.md are right about types', async () => {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] }))
  const { stdout } = await promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
  expect(examples.map(([name]) => name)).toEqual(['kit.ts', 'graphql-ws.ts', 'apollo.ts', 'urql.ts'])
})

test('the kit starts, watches and follows to the end', async () => {
  const { followOne } = await load<{ followOne: (url: string, token: () => Promise<undefined>, log: (line: string) => void) => Promise<void> }>('kit')
  const lines: string[] = []
  await followOne(
    server.url(),
    async () => undefined,
    (line) => lines.push(line),
  )
  expect(lines.at(-1)).toBe('COMPLETED')
})

test('graphql-ws follows with a Resumption', async () => {
  const { follow } = await load<{ follow: (url: string, id: string, log: (line: string) => void, end: (reason?: unknown) => void) => void }>('graphql-ws')
  const { id } = await start(api(), 'SANDBOX_EXERCISE', { items: 20 })
  const lines: string[] = []
  const reason = await new Promise((resolve) => follow(server.url(), id, (line) => lines.push(line), resolve))
  expect(reason).toBeUndefined()
  expect(lines.length).toBeGreaterThanOrEqual(2)
})

test('Apollo follows to the end, and its cache knows the operation', async () => {
  const { createApollo } = await load<{ createApollo: (url: string) => ApolloClient }>('apollo')
  const { id, cursor } = await start(api(), 'SANDBOX_EXERCISE', { items: 20 })
  const apollo = createApollo(server.url())
  await new Promise<void>((complete) => {
    apollo.subscribe({ query: OperationEventsDocument, variables: { operationId: id, after: cursor } }).subscribe({ complete })
  })
  const { data } = await apollo.query({ query: OperationDocument, variables: { id } })
  expect(data?.operation?.state).toBe('COMPLETED')
  apollo.stop()
})

test('urql asks and answers', async () => {
  const { createUrql } = await load<{ createUrql: (url: string) => Client }>('urql')
  const { id } = await start(api(), 'SANDBOX_EXERCISE', { items: 1 })
  const { data } = await createUrql(server.url()).query(OperationDocument, { id }).toPromise()
  expect(data?.operation?.id).toBe(id)
})
