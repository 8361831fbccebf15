import { Readable } from 'node:stream'
import { sampleStatement } from '../../samples/sample-statement.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { createImports } from '../../src/domains/imports/imports.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import type { OperationServices } from '../../src/engine/run.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { answer, readParams } from './driver.ts'

/** The real import of a sample statement of `rows` rows, and after it a plain loop of multi-row INSERTs of the rows that it wrote. */
interface ImportParams {
  /** Absent: PGlite in `dataDir`. */
  readonly url?: string
  readonly dataDir?: string
  readonly rows: number
}

const BATCH_SIZE = 100
const OWNER = 'bench'

const params = readParams<ImportParams>()
const telemetry = new Telemetry()
const database = await openDatabase()

async function openDatabase(): Promise<Database> {
  const opened =
    params.url === undefined
      ? await createPgliteDatabase({ dataDir: params.dataDir, telemetry })
      : createPostgresDatabase({ url: params.url, poolSize: 10, telemetry })
  await migrate(opened)
  return opened
}

async function measureImport(): Promise<number> {
  const bus = createMemoryBus({ telemetry })
  const imports = createImports({ database, clock: systemClock, telemetry, maxFileSize: 1_000_000_000 })
  const engine = createEngine({
    database,
    bus,
    clock: systemClock,
    telemetry,
    definitions: imports.definitions,
    services: { imports: imports.services } as OperationServices,
    config: { works: true, slots: 10, leaseMs: 10_000, maxActivePerOwner: 10, instanceName: 'bench', onlyInstance: database.kind === 'pglite' },
  })
  await engine.start()
  const content = Readable.from(sampleStatement({ rows: params.rows }), { objectMode: false })
  const upload = { fileName: 'bench.csv', mimeType: 'text/csv', encoding: '7bit', stream: () => content, discard: () => void content.destroy() }
  const input = { ...(await imports.receiveUpload(upload, { ownerId: OWNER })), batchSize: BATCH_SIZE }
  const ended = new Promise<number>((resolve) => {
    telemetry.listen((name) => {
      if (name === 'operations.settled') resolve(performance.now())
    })
  })
  const startedAt = performance.now()
  const outcome = await engine.startOperation({ type: 'STATEMENT_IMPORT', input, ownerId: OWNER, tenantId: null, actor: { kind: 'system', id: OWNER } })
  if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
  const seconds = ((await ended) - startedAt) / 1_000
  const record = await engine.byId(outcome.operation.id)
  if (record?.state !== 'completed') throw new Error(`expected it to complete, got ${JSON.stringify(record?.failure)}`)
  await engine.stop()
  return seconds
}

/** The columns of `statement_row`, which `plain_row` copies with its indexes. */
const READ = { name: 'bench_read', text: 'select r.* from statement_row r order by line' }
const CLEAR = { name: 'bench_clear', text: 'drop table if exists plain_row' }
const MAKE = { name: 'bench_make', text: 'create table plain_row (like statement_row including all)' }

async function measurePlainLoop(): Promise<{ readonly seconds: number; readonly rows: number }> {
  const rows = await database.run<Record<string, unknown>>(READ, [])
  await database.run(CLEAR, [])
  await database.run(MAKE, [])
  const startedAt = performance.now()
  for (let from = 0; from < rows.length; from += BATCH_SIZE) {
    const batch = rows.slice(from, from + BATCH_SIZE).map((row) => Object.values(row))
    await database.run(insertOf(batch), batch.flat())
  }
  return { seconds: (performance.now() - startedAt) / 1_000, rows: rows.length }
}

function insertOf(batch: readonly (readonly unknown[])[]) {
  let parameter = 0
  const tuples = batch.map((row) => `(${row.map(() => `$${++parameter}`).join(', ')})`)
  return { name: `bench_plain_${batch.length}`, text: `insert into plain_row values ${tuples.join(', ')}` }
}

const importSeconds = await measureImport()
const plain = await measurePlainLoop()
answer({ seconds: importSeconds, plainSeconds: plain.seconds, timesPlain: importSeconds / plain.seconds, rowsWritten: plain.rows })
