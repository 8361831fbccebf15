import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from 'graphql-ws'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/config.ts'
import { loadOperations } from '../../src/load-operations.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { freshPglite } from '../setup/databases.ts'
import { examplesOf, operationsFolder } from './page-examples.ts'

const exampleOf = examplesOf('docs/writing-an-operation.md')

/** Answers 200 below /good, 404 elsewhere. */
async function site(): Promise<string> {
  const server = createServer((request, response) => response.writeHead(request.url?.startsWith('/good') ? 200 : 404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function appWith(folder: URL): Promise<string> {
  const { database, drop } = await freshPglite()
  const app = await createApp({
    config: parseConfig({ PORT: '0', LOG_LEVEL: 'silent' }),
    telemetry: new Telemetry(),
    ...(await loadOperations(folder)),
    database,
  })
  onTestFinished(async () => {
    await app.stop()
    await drop()
  })
  await app.start()
  return `${app.url}/graphql`
}

interface Started {
  readonly data: { readonly startLinkCheck: { readonly operation: { readonly id: string; readonly addresses: readonly string[] } } }
}

interface Watched extends Record<string, unknown> {
  readonly operation: {
    readonly done: boolean
    readonly state: string
    readonly progress: object
    readonly steps: readonly object[]
    readonly result: object | null
  }
}

async function lastFrame(endpoint: string, query: string, id: string): Promise<Watched['operation'] | undefined> {
  const client = createClient({ url: endpoint.replace('http', 'ws') })
  try {
    for await (const { data, errors } of client.iterate<Watched>({ query, variables: { id } })) {
      if (errors) throw new Error(errors[0]?.message)
      if (data?.operation.done) return data.operation
    }
    return undefined
  } finally {
    await client.dispose()
  }
}

describe('the example of docs/writing-an-operation.md', () => {
  test('has at most 30 lines', () => {
    expect(exampleOf('link-check').trimEnd().split('\n').length).toBeLessThanOrEqual(30)
  })

  test('is loaded from a folder and runs: typed start, progress, typed result', async () => {
    const address = await site()
    const endpoint = await appWith(operationsFolder({ 'link-check.ts': exampleOf('link-check') }))
    const addresses = [`${address}/good`, `${address}/good/too`, `${address}/bad`]
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: exampleOf('start-link-check'), variables: { addresses } }),
    })
    const { operation } = ((await response.json()) as Started).data.startLinkCheck
    expect(operation.addresses).toEqual(addresses)
    expect(await lastFrame(endpoint, exampleOf('watch-link-check'), operation.id)).toEqual({
      state: 'COMPLETED',
      done: true,
      progress: { percentage: 100, done: 3, total: 3, unit: 'links' },
      steps: [
        { title: 'Ask every address', state: 'COMPLETED' },
        { title: 'Sum up', state: 'COMPLETED' },
      ],
      result: { answering: 2, broken: 1 },
    })
  })
})

describe('loadOperations', () => {
  test('of a folder that is not there finds none', async () => {
    expect(await loadOperations(new URL('nowhere/', operationsFolder({})))).toEqual({ definitions: [], events: [] })
  })

  test('takes each definition once, whatever its export is called, and skips what is no source', async () => {
    const text = exampleOf('link-check').replace('export const linkCheck =', 'export const one =')
    const folder = operationsFolder({
      'a b.ts': `${text}\nexport const all = [one]\nexport default one\n`,
      'README.md': 'nothing',
      'a.test.ts': 'throw new Error()',
    })
    const { definitions, events } = await loadOperations(folder)
    expect([definitions.map(({ type }) => type), events]).toEqual([['LINK_CHECK'], []])
  })

  test('takes definitions of events too, also from a file that exports both', async () => {
    const stockAlerts = examplesOf('docs/business-events.md')('stock-alert')
    const folder = operationsFolder({ 'a.ts': stockAlerts, 'b.ts': `${exampleOf('link-check')}\nexport { stockAlerts } from './a.ts'\n` })
    const { definitions, events } = await loadOperations(folder)
    expect([definitions.map(({ type }) => type), events.map(({ name }) => name)]).toEqual([['LINK_CHECK'], ['STOCK_ALERT']])
  })

  test('names the file that is of no use', async () => {
    await expect(loadOperations(operationsFolder({ 'empty.ts': 'export const answer = 42' }))).rejects.toThrow(
      'operations/empty.ts: expected it to export what defineOperation() or defineEvents() returns',
    )
    await expect(loadOperations(operationsFolder({ 'broken.ts': "throw new Error('not today')" }))).rejects.toThrow('operations/broken.ts: not today')
  })
})
