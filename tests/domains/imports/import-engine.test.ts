import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectedOf, sampleStatement } from '../../../samples/sample-statement.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { createMemoryBus } from '../../../src/bus/memory/memory-bus.ts'
import type { Imports } from '../../../src/domains/imports/imports.ts'
import { createEngine } from '../../../src/engine/create-engine.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import type { OperationRecord } from '../../../src/engine/records.ts'
import type { OperationServices } from '../../../src/engine/run.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../setup/databases.ts'
import { contentOf, countByRule, importsOn, OWNER, pendingUpload } from './import-kit.ts'

const ACTOR = { kind: 'user', id: OWNER } as const

describe.each(databaseKinds)('imports through the engine on %s', { timeout: 120_000 }, (kind) => {
  let fresh: FreshDatabase
  let imports: Imports
  let engine: Engine
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    imports = importsOn(fresh)
    const telemetry = new Telemetry()
    engine = createEngine({
      database: fresh.database,
      bus: createMemoryBus({ telemetry }),
      clock: systemClock,
      telemetry,
      definitions: imports.definitions,
      services: { imports: imports.services } as OperationServices,
      config: { works: true, slots: 2, leaseMs: 10_000, maxActivePerOwner: 10, instanceName: 'test', onlyInstance: kind === 'pglite' },
    })
    await engine.start()
  })
  afterAll(async () => {
    await engine.stop()
    await fresh.drop()
  })

  async function start(rows: number, options: object = {}): Promise<string> {
    const upload = await imports.receiveUpload(pendingUpload(sampleStatement({ rows })), { ownerId: OWNER })
    const outcome = await engine.startOperation({ type: 'STATEMENT_IMPORT', input: { ...upload, ...options }, ownerId: OWNER, tenantId: null, actor: ACTOR })
    if (outcome.kind !== 'started') throw new Error(`expected a start, got ${outcome.kind}`)
    return outcome.operation.id
  }
  const control = (id: string, action: 'pause' | 'resume' | 'cancel' | 'retry') => engine.control({ id, action, actor: ACTOR })

  /** Follows an operation until it fits. */
  async function until(id: string, fits: (record: OperationRecord) => boolean): Promise<OperationRecord> {
    const watched = engine.watch({ id, minIntervalMs: 50 })
    try {
      for await (const record of { [Symbol.asyncIterator]: () => watched }) if (fits(record)) return record
      throw new Error('the watch ended')
    } finally {
      await watched.return?.()
    }
  }
  const inState = (state: string) => (record: OperationRecord) => {
    if (record.state === 'failed' && state !== 'failed') throw new Error(JSON.stringify(record.failure))
    return record.state === state
  }
  const moving = (record: OperationRecord) => record.progress.succeeded > 100 || inState('completed')(record)

  test('18,000 rows end with the exact result, progress, and an event sequence without a hole', async () => {
    const expected = expectedOf({ rows: 18_000 })
    const id = await start(18_000)
    const done = await until(id, inState('completed'))
    expect(done.result).toMatchObject({ accepted: expected.accepted, rejected: expected.rejected, totals: expected.totals })
    expect(done.progress).toMatchObject({ total: 18_000, succeeded: expected.accepted, failed: expected.rejected, unit: 'rows' })
    const [batch] = await imports.batchesByOperationIds([id])
    expect(countByRule((await contentOf(fresh, batch?.id ?? '')).rejects)).toEqual(expected.byRule)
    const { events } = await engine.events(id, 0, 100)
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
    expect(events.filter((event) => event.type === 'completed')).toHaveLength(1)
  })

  test('paused and resumed it writes every row exactly once', async () => {
    const id = await start(2_000, { batchSize: 10 })
    await until(id, moving)
    await control(id, 'pause')
    const paused = await until(id, inState('paused'))
    const [batch] = await imports.batchesByOperationIds([id])
    expect((batch?.acceptedCount ?? 0) + (batch?.rejectedCount ?? 0)).toBeLessThan(2_000)
    expect((await contentOf(fresh, batch?.id ?? '')).rows).toHaveLength(batch?.acceptedCount ?? -1)
    expect(paused.progress.succeeded).toBe(batch?.acceptedCount)
    await control(id, 'resume')
    expect((await until(id, inState('completed'))).result).toMatchObject({ accepted: 1_982, rejected: 18 })
  })

  test.each(['keep', 'discard'] as const)('canceled with %s it leaves what was asked for, and a retry completes it', async (onCancel) => {
    const id = await start(2_000, { batchSize: 10, onCancel })
    await until(id, moving)
    const [running] = await imports.batchesByOperationIds([id])
    await control(id, 'cancel')
    await until(id, inState('canceled'))
    const [left] = await imports.batchesByOperationIds([id])
    const { rows, rejects } = await contentOf(fresh, running?.id ?? '')
    const counts = { accepted: rows.length, rejected: rejects.length }
    const kept = { accepted: left?.acceptedCount, rejected: left?.rejectedCount }
    expect([left?.state, counts]).toEqual(onCancel === 'keep' ? ['partial', kept] : [undefined, { accepted: 0, rejected: 0 }])
    await control(id, 'retry')
    expect((await until(id, inState('completed'))).result).toMatchObject({ accepted: 1_982, rejected: 18 })
  })

  test('a bad file fails at once, with its reason, and is not tried again', async () => {
    const upload = await imports.receiveUpload(pendingUpload(`${await firstLine()}${'*1111,,2024-01-01,d,1,ARS,,r\n'.repeat(4_000)}\u0000`), { ownerId: OWNER })
    const outcome = await engine.startOperation({ type: 'STATEMENT_IMPORT', input: upload, ownerId: OWNER, tenantId: null, actor: ACTOR })
    const failed = await until(outcome.kind === 'started' ? outcome.operation.id : '', inState('failed'))
    expect(failed.failure).toMatchObject({ code: 'NOT_CSV', retryable: false, step: 'check' })
    expect(failed.attempt).toBe(1)
  })
})

async function firstLine(): Promise<string> {
  for await (const chunk of sampleStatement({ rows: 0 })) return chunk
  return ''
}
