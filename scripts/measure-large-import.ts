import { createWriteStream, openAsBlob } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { expectedOf, sampleStatement } from '../samples/sample-statement.ts'
import { createApiClient } from '../src/testing/api-client.ts'
import { type SpawnedApp, spawnApp } from '../src/testing/spawned-app.ts'

/**
 * Uploads and imports a large statement into a process of its own and prints how much memory that process took:
 * `node scripts/measure-large-import.ts --rows 1000000 [--database-url postgres://…]`. Without an address: the embedded database. Linux only (/proc).
 */
const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, 'batch-size': { type: 'string', default: '100' }, 'database-url': { type: 'string' } },
})
const rows = Number(values.rows)
const LOOK_EVERY_MS = 1_000

async function rssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024)
}

async function main(folder: string): Promise<void> {
  const file = join(folder, 'statement.csv')
  await pipeline(Readable.from(sampleStatement({ rows })), createWriteStream(file))
  const content = await openAsBlob(file)
  const database = values['database-url'] === undefined ? { DATA_DIR: join(folder, 'data') } : { DATABASE_URL: values['database-url'] }
  const app = await spawnApp({ env: { ...database, MAX_FILE_SIZE: String(content.size) } })
  try {
    await measure(app, content)
  } finally {
    await app.terminate()
  }
}

async function measure(app: SpawnedApp, content: Blob): Promise<void> {
  const api = createApiClient({ url: app.url })
  const idle = await rssMiB(app.pid)
  const samples: number[] = []
  const sampling = new AbortController()
  const sampler = (async () => {
    while (!sampling.signal.aborted) {
      samples.push(await rssMiB(app.pid))
      await sleep(LOOK_EVERY_MS, undefined, { signal: sampling.signal }).catch(() => undefined)
    }
  })()
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10
  const { startStatementImport: started } = await api.upload<{ startStatementImport: { message?: string; operation: { id: string } } }>(
    'mutation ($input: StartStatementImportInput!) { startStatementImport(input: $input) { ... on Error { message } ... on OperationPayload { operation { id } } } }',
    { input: { batchSize: Number(values['batch-size']) } },
    { name: 'statement.csv', content },
  )
  if (started.message) throw new Error(started.message)
  const uploaded = { seconds: seconds(), peak: Math.max(...samples) }
  const bar = api.watch<{ operation: { done: boolean; state: string; progress: object } }, object>(
    'subscription ($id: ID!) { operation(id: $id, minIntervalMs: 1000) { done state progress { succeeded failed total } } }',
    { id: started.operation.id },
  )
  const { operation } = await bar.until((frame) => frame.operation.done)
  await bar.end()
  sampling.abort()
  await sampler
  const quarter = Math.ceil(samples.length / 4)
  const quarters = [0, 1, 2, 3].map((index) => Math.max(...samples.slice(index * quarter, (index + 1) * quarter)))
  const { accepted, rejected } = expectedOf({ rows })
  console.log(
    JSON.stringify(
      {
        rows,
        fileMiB: Math.round(content.size / 2 ** 20),
        uploaded,
        seconds: seconds(),
        rowsPerSecond: Math.round(rows / seconds()),
        state: operation.state,
        progress: operation.progress,
        expected: { accepted, rejected },
        rssMiB: { idle, peak: Math.max(...samples), peakByQuarter: quarters },
      },
      null,
      2,
    ),
  )
}

const folder = await mkdtemp(join(tmpdir(), 'batuta-measure-'))
try {
  await main(folder)
} finally {
  await rm(folder, { recursive: true, force: true })
}
