import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from 'graphql-ws'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/config.ts'
import { loadOperations } from '../../src/load-operations.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { freshPglite } from '../setup/databases.ts'
import { ROOT } from '../setup/source-files.ts'

const page = readFileSync(join(ROOT, 'docs/writing-an-operation.md'), 'utf8')

function exampleOf(name: string): string {
  const block = new RegExp(`<!-- example:${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  if (block === undefined) throw new Error(`expected docs/writing-an-operation.md to hold the example ${name}`)
  return block
}

/** A folder inside the project, as `operations/` is, so that its files find `batuta` and `zod`. */
function operationsFolder(files: Readonly<Record<string, string>>): URL {
  mkdirSync(join(ROOT, '.batuta'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.batuta', 'operations-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return pathToFileURL(`${folder}/`)
}

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
    definitions: await loadOperations(folder),
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
    expect(await loadOperations(new URL('nowhere/', operationsFolder({})))).toEqual([])
  })

  test('takes each definition once, whatever its export is called, and skips what is no source', async () => {
    const text = exampleOf('link-check').replace('export const linkCheck =', 'export const one =')
    const folder = operationsFolder({
      'a b.ts': `${text}\nexport const all = [one]\nexport default one\n`,
      'README.md': 'nothing',
      'a.test.ts': 'throw new Error()',
    })
    expect((await loadOperations(folder)).map((definition) => definition.type)).toEqual(['LINK_CHECK'])
  })

  test('names the file that is of no use', async () => {
    await expect(loadOperations(operationsFolder({ 'empty.ts': 'export const answer = 42' }))).rejects.toThrow(
      'operations/empty.ts: expected it to export what defineOperation() returns',
    )
    await expect(loadOperations(operationsFolder({ 'broken.ts': "throw new Error('not today')" }))).rejects.toThrow('operations/broken.ts: not today')
  })
})
