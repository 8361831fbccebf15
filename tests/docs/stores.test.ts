import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { freshPglite } from '../setup/databases.ts'
import { examplesOf } from './page-examples.ts'

const exampleOf = examplesOf('docs/stores.md')
let app: App
let drop: () => Promise<void>

beforeAll(async () => {
  const fresh = await freshPglite()
  drop = fresh.drop
  app = await createApp({ config: parseConfig({ PORT: '0', LOG_LEVEL: 'silent' }), telemetry: new Telemetry(), database: fresh.database })
  await app.start()
})

afterAll(async () => {
  await app.stop()
  await drop()
})

async function ask<Data>(name: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: exampleOf(name), variables }),
  })
  const { data, errors } = (await response.json()) as { readonly data: Data; readonly errors?: unknown }
  expect(errors).toBeUndefined()
  return data
}

interface Watched extends Record<string, unknown> {
  readonly operation: { readonly state: string; readonly done: boolean; readonly steps: readonly { readonly state: string }[] }
}

async function lastFrame(operationId: string): Promise<Watched['operation'] | undefined> {
  const client = createClient({ url: `${app.url}/graphql`.replace('http', 'ws') })
  try {
    for await (const { data, errors } of client.iterate<Watched>({ query: exampleOf('watch'), variables: { operationId } })) {
      if (errors) throw new Error(errors[0]?.message)
      if (data?.operation.done) return data.operation
    }
    return undefined
  } finally {
    await client.dispose()
  }
}

test('the examples of docs/stores.md connect the sandbox shop, search it and ask its assistant', { timeout: 60_000 }, async () => {
  interface Connected {
    readonly startStoreConnection: { readonly operation: { readonly id: string; readonly store: { readonly id: string } } }
  }
  const { operation } = (await ask<Connected>('connect')).startStoreConnection
  const ended = await lastFrame(operation.id)
  expect(ended).toMatchObject({ state: 'COMPLETED' })
  expect(ended?.steps.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'COMPLETED'))

  const storeId = operation.store.id
  const { searchStore } = await ask<{ readonly searchStore: readonly { readonly highlight: string }[] }>('search', { storeId })
  expect(searchStore[0]?.highlight).toContain('«Zapatillas»')
  const { sendChatMessage } = await ask<{ readonly sendChatMessage: object }>('ask', { storeId })
  expect(sendChatMessage).toMatchObject({
    __typename: 'ChatMessagePayload',
    reply: { text: expect.stringContaining('Mochila'), source: 'RETRIEVAL', products: [expect.objectContaining({ name: expect.stringContaining('Mochila') })] },
  })
})
