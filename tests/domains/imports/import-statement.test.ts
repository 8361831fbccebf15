import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectedOf, sampleStatement } from '../../../samples/sample-statement.ts'
import type { Imports } from '../../../src/domains/imports/imports.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../setup/databases.ts'
import { CutOffError } from './fake-run.ts'
import { contentOf, countByRule, GOOD_ROW, HEADER, importsOn, importText, prepareImport } from './import-kit.ts'

describe.each(databaseKinds)('import of a statement on %s', (kind) => {
  let database: FreshDatabase
  let imports: Imports
  beforeAll(async () => {
    database = await freshDatabase(kind)
    imports = importsOn(database)
  })
  afterAll(() => database.drop())

  test('18,000 rows give exactly the counts and totals that the sample was made with', async () => {
    const expected = expectedOf({ rows: 18_000 })
    const { result, batch, operation } = await importText(database, imports, sampleStatement({ rows: 18_000 }))
    expect(result).toMatchObject({ accepted: expected.accepted, rejected: expected.rejected, totals: expected.totals })
    expect(batch).toMatchObject({ acceptedCount: expected.accepted, rejectedCount: expected.rejected, state: 'complete' })
    const { rows, rejects } = await contentOf(database, batch.id)
    expect(rows).toHaveLength(expected.accepted)
    expect(countByRule(rejects)).toEqual(expected.byRule)
    expect(operation.reports.at(-1)).toEqual({ total: 18_000, succeeded: expected.accepted, failed: expected.rejected, message: '18,000 of 18,000 rows' })
    const done = operation.reports.map((report) => (report.succeeded ?? 0) + (report.failed ?? 0))
    expect(done).toEqual([...done].sort((left, right) => left - right))
  })

  test('an import that is cut off after every third batch and resumed writes the same rows as one in a single go', async () => {
    const whole = await importText(database, imports, sampleStatement({ rows: 2_500 }), { batchSize: 70 })
    const cut = await prepareImport(database, imports, sampleStatement({ rows: 2_500 }), { batchSize: 70 })
    let runs = 1
    while (await cut.run(3).then(() => false, cutOffOnly)) runs += 1
    expect(runs).toBeGreaterThan(10)
    const [batch] = await imports.batchesByOperationIds([cut.operation.id])
    expect(await contentOf(database, batch?.id as string)).toEqual(await contentOf(database, whole.batch.id))
    expect(batch).toMatchObject({ acceptedCount: whole.result.accepted, rejectedCount: whole.result.rejected, state: 'complete' })
    const done = cut.operation.reports.slice(1).map((report) => (report.succeeded ?? 0) + (report.failed ?? 0))
    expect(done).toEqual([...done].sort((left, right) => left - right))
  })

  test('duplicates are found inside a batch, across batches and across a resume, and the first row stays', async () => {
    const other = '************1111,,04/03/2024,SHOP,1,USD,,R'
    // The same row in other spellings: date, amount.
    const same = '4111111111111111,ANA,04/03/2024,OTHER TEXT,"12,5",ARS,,REF-1'
    const lines = [HEADER, GOOD_ROW, same, other, '*1111,,2024-03-04,SHOP,1.00,USD,,R', GOOD_ROW, '4111111111111111,,2024-03-04,X,1,USD,,R']
    const prepared = await prepareImport(database, imports, lines.join('\n'), { batchSize: 2 })
    while (await prepared.run(2).then(() => false, cutOffOnly));
    const [batch] = await imports.batchesByOperationIds([prepared.operation.id])
    const { rows, rejects } = await contentOf(database, batch?.id as string)
    expect(rows.map((row) => row.line)).toEqual([2, 4, 7])
    expect(rejects.map((reject) => [reject.line, reject.rule])).toEqual([
      [3, 'DUPLICATE'],
      [5, 'DUPLICATE'],
      [6, 'DUPLICATE'],
    ])
    expect(rejects[0]?.cells).toEqual(['************1111', 'ANA', '04/03/2024', 'OTHER TEXT', '12,5', 'ARS', '', 'REF-1'])
  })

  test('a canceled import keeps everything up to the last checkpoint and goes on from there when it is retried', async () => {
    const prepared = await prepareImport(database, imports, sampleStatement({ rows: 1_000 }), { onCancel: 'keep' })
    await expect(prepared.run(4)).rejects.toThrow(CutOffError)
    await prepared.cleanup('canceled')
    const [kept] = await imports.batchesByOperationIds([prepared.operation.id])
    // The first commit made the batch.
    expect(kept).toMatchObject({ state: 'partial', acceptedCount: 298, rejectedCount: 2, deletedAt: null })
    const result = await prepared.run()
    expect(result).toMatchObject({ accepted: 991, rejected: 9 })
    expect((await imports.batchesByIds([kept?.id as string]))[0]?.state).toBe('complete')
  })

  test('a canceled import that discards leaves no batch and no row, and starts over when it is retried', async () => {
    const prepared = await prepareImport(database, imports, sampleStatement({ rows: 1_000 }), { onCancel: 'discard' })
    await expect(prepared.run(4)).rejects.toThrow(CutOffError)
    const [before] = await imports.batchesByOperationIds([prepared.operation.id])
    await prepared.cleanup('canceled')
    await prepared.cleanup('canceled')
    expect(await imports.batchesByOperationIds([prepared.operation.id])).toEqual([undefined])
    expect(await contentOf(database, before?.id as string)).toEqual({ rows: [], rejects: [] })
    expect(await prepared.run()).toMatchObject({ accepted: 991, rejected: 9 })
  })

  test('an import that was canceled before it started has nothing to clean up', async () => {
    const prepared = await prepareImport(database, imports, `${HEADER}\n${GOOD_ROW}\n`, { onCancel: 'discard' })
    await prepared.cleanup('canceled')
    await prepared.cleanup('failed')
    expect(await imports.batchesByOperationIds([prepared.operation.id])).toEqual([undefined])
  })

  test('a deleted batch can not be written to any more', async () => {
    const prepared = await prepareImport(database, imports, sampleStatement({ rows: 1_000 }))
    await expect(prepared.run(4)).rejects.toThrow(CutOffError)
    const [batch] = await imports.batchesByOperationIds([prepared.operation.id])
    expect(await imports.deleteBatch(batch?.id as string)).toEqual({ kind: 'deleted', operationId: prepared.operation.id })
    await expect(prepared.run()).rejects.toMatchObject({ code: 'BATCH_DELETED' })
    expect(await imports.deleteBatch(batch?.id as string)).toEqual({ kind: 'notFound' })
  })

  test('an upload of somebody else, or one that is gone, fails for good', async () => {
    const prepared = await prepareImport(database, imports, `${HEADER}\n${GOOD_ROW}\n`)
    const foreign = await prepareImport(database, importsOn(database), `${HEADER}\n${GOOD_ROW}\n`)
    await expect(imports.services.uploads.open(prepared.upload.uploadId, 'bruno')).rejects.toMatchObject({ code: 'UPLOAD_GONE' })
    await expect(foreign.run()).resolves.toMatchObject({ accepted: 1 })
  })

  test('a quote that is never closed fails the import with the line, after the rows before it', async () => {
    const text = `${HEADER}\n${GOOD_ROW}\n${GOOD_ROW.replace('REF-1', '"REF-2')}\n`
    await expect(importText(database, imports, text, { batchSize: 1 })).rejects.toMatchObject({
      code: 'ROW_TOO_LONG',
      message: expect.stringContaining('line 3'),
    })
  })

  test('a file with a header and no rows completes with nothing', async () => {
    const { result } = await importText(database, imports, HEADER)
    expect(result).toMatchObject({ accepted: 0, rejected: 0, totals: [] })
  })
})

function cutOffOnly(error: unknown): true {
  if (!(error instanceof CutOffError)) throw error
  return true
}
