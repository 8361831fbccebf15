import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toTypeId } from '../../../src/base/ids.ts'
import { statement } from '../../../src/database/statement.ts'
import { createCategoryMatcher } from '../../../src/domains/imports/categories.ts'
import { signDownload, verifyDownload } from '../../../src/domains/imports/download-token.ts'
import type { Imports } from '../../../src/domains/imports/imports.ts'
import { statementRecategorization } from '../../../src/domains/imports/recategorization.ts'
import { neutralised, rejectedCsv } from '../../../src/domains/imports/rejected-csv.ts'
import { arrayLiteral } from '../../../src/domains/imports/store/array-literal.ts'
import type { Run } from '../../../src/engine/run.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../setup/databases.ts'
import { FakeOperation } from './fake-run.ts'
import { contentOf, HEADER, importsOn, importText, OWNER } from './import-kit.ts'

const ALL = { kind: 'all' } as const

async function textOf(chunks: AsyncIterable<string> | undefined): Promise<string> {
  let text = ''
  for await (const chunk of chunks ?? []) text += chunk
  return text
}

describe.each(databaseKinds)('statement batches on %s', (kind) => {
  let fresh: FreshDatabase
  let imports: Imports
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    imports = importsOn(fresh)
  })
  afterAll(() => fresh.drop())

  test.each([
    [
      'BOM, semicolons, CRLF and decimal commas',
      `\ufeff${HEADER.toUpperCase().replaceAll(',', ';')}\r\n*1111;ANA NUÑEZ;04/03/2024;"A;B ""C""\r\nD";1234,50;ars;;R\r\n`,
      'A;B "C"\r\nD',
    ],
    ["Latin-1 and an old Macintosh's line ends", Buffer.from(`${HEADER}\r*1111,ANA NUÑEZ,2024-03-04,CAFÉ,1234.5,ARS,,R\r`, 'latin1'), 'CAFÉ'],
    ['columns in another order', 'reference,currency,amount,description,date,holder,card,installment\nR,ARS,1234.50,CAFÉ,2024-03-04,ANA NUÑEZ,*1111,', 'CAFÉ'],
  ])('a file with %s is read', async (_, content, description) => {
    const { batch } = await importText(fresh, imports, content)
    const { items } = await imports.rows({ batchId: batch.id, limit: 10 })
    expect(items).toEqual([
      {
        batchId: batch.id,
        line: 2,
        cardLast4: '1111',
        holder: 'ANA NUÑEZ',
        date: '2024-03-04',
        description,
        amount: '1234.50',
        currency: 'ARS',
        installment: null,
        installments: null,
        reference: 'R',
        category: null,
      },
    ])
  })

  test('card numbers are nowhere in what is kept', async () => {
    const pan = '4111111111111111'
    const spaced = '4111 1111 1111 1111'
    const lines = [
      HEADER,
      `${pan},h ${spaced},2024-01-01,d ${pan},1,ARS,,r-${pan}`,
      `4111111111111112,${pan},x ${pan},d,1,ARS,,r`,
      `${pan},${pan},2024-01-01,,1,ARS,${pan}`,
    ]
    const { batch } = await importText(fresh, imports, lines.join('\n'))
    const kept = JSON.stringify([await contentOf(fresh, batch.id), await textOf(await rejectedCsv(fresh.database, batch.id))])
    // Fingerprints and hashes have the form of UUIDs, which may happen to hold long runs of digits.
    const withoutHashes = kept.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')
    expect(withoutHashes.match(/\d(?:[ -]?\d){12,}/)?.[0]).toBeUndefined()
    expect(kept).toContain('d ************1111')
  })

  test('fingerprints are equal for equal cards and depend on the key', async () => {
    const row = (card: string, reference: string) => `${card},,2024-01-01,d,1,ARS,,${reference}`
    const lines = [HEADER, row('4111111111111111', 'a'), row('4111111111111111', 'b'), row('5555555555554444', 'c'), row('*4444', 'd')].join('\n')
    const prints = async (source: Imports) =>
      (await contentOf(fresh, (await importText(fresh, source, lines)).batch.id)).rows.map((each) => each.card_fingerprint)
    const own = await prints(imports)
    expect(own[0]).toBe(own[1])
    expect(own[0]).not.toBe(own[2])
    expect(own[3]).toBeNull()
    expect(await prints(importsOn(fresh))).toEqual(own)
    expect(await prints(importsOn(fresh, { panFingerprintKey: 'another key' }))).not.toEqual(own)
  })

  test('rejected rows are paged, keep their original cells, and come as CSV with line, rule and sentence', async () => {
    const lines = [
      HEADER,
      '*1111,"=HYPERLINK(""x"")",03/04/25,d,1,ARS,,r',
      '*1111,h,2024-01-01,d,-0.00,ARS,,r',
      '*1111,h,2024-01-01',
      '*1111,h,2024-01-01,d,1,ARS,,r,more,cells',
    ]
    const { batch } = await importText(fresh, imports, lines.join('\n'))
    const first = await imports.rejects({ batchId: batch.id, limit: 2 })
    expect(first).toMatchObject({
      hasNext: true,
      items: [
        {
          line: 2,
          rule: 'DATE',
          message: 'Row 2, date: expected YYYY-MM-DD or DD/MM/YYYY, found 03/04/25',
          values: { card: '*1111', holder: '=HYPERLINK("x")' },
        },
        { line: 3, rule: 'AMOUNT', message: 'Row 3, amount: expected an amount that is not zero, found -0.00' },
      ],
    })
    const second = await imports.rejects({ batchId: batch.id, limit: 2, after: 3 })
    expect(second).toMatchObject({
      hasNext: false,
      items: [
        { line: 4, rule: 'COLUMN_COUNT', message: 'Row 4: expected 8 columns, as in the header, found 3' },
        { line: 5, values: { 'column 9': 'more' } },
      ],
    })

    const path = await imports.rejectedCsvPath(batch.id)
    const download = await imports.downloadRejects(new URL(path, 'http://x').searchParams.get('token') as string)
    expect(download?.fileName).toBe(`rejected-${toTypeId('batch', batch.id)}.csv`)
    const csv = parse(Buffer.from(await textOf(download?.content as AsyncIterable<string>)), { bom: true })
    expect(csv[0]).toEqual([...HEADER.split(','), 'line', 'rule', 'message'])
    expect(csv[1]?.slice(0, 10)).toEqual(['*1111', `'=HYPERLINK("x")`, '03/04/25', 'd', '1', 'ARS', '', 'r', '2', 'DATE'])
    expect(csv.map((row) => row.length)).toEqual([11, 11, 11, 11, 11])
    expect(csv[2]?.[4]).toBe('-0.00')
    expect(csv[4]?.[7]).toBe('r,more,cells')
    expect(await imports.downloadRejects('nonsense')).toBeUndefined()
  })

  test('lists show own batches newest first, page by page, and deleted ones no more', async () => {
    const made: string[] = []
    for (let index = 0; index < 3; index += 1) made.unshift((await importText(fresh, imports, `${HEADER}\n*1111,,2024-01-01,d,1,ARS,,r`)).batch.id)
    const own = { kind: 'owner', ownerId: OWNER } as const
    const first = await imports.batches({ visibility: own, limit: 2 })
    expect(first.items.map((batch) => batch.id)).toEqual(made.slice(0, 2))
    const second = await imports.batches({ visibility: own, limit: 1, after: made[1] })
    expect(second).toMatchObject({ hasNext: true, items: [{ id: made[2] }] })
    expect((await imports.batches({ visibility: { kind: 'owner', ownerId: 'bruno' }, limit: 5 })).items).toEqual([])
    expect((await imports.batches({ visibility: ALL, limit: 1 })).items[0]?.id).toBe(made[0])

    expect(await imports.deleteBatch(made[0] ?? '')).toMatchObject({ kind: 'deleted' })
    expect((await imports.batches({ visibility: ALL, limit: 1 })).items[0]?.id).toBe(made[1])
    expect(await imports.batchesByIds([made[0] ?? '', made[1] ?? ''])).toMatchObject([undefined, { id: made[1] }])
    await imports.sweeper.start()
    await expect.poll(async () => (await contentOf(fresh, made[0] ?? '')).rows.length).toBe(0)
    await imports.sweeper.stop()
    expect((await contentOf(fresh, made[1] ?? '')).rows).toHaveLength(1)
  })

  test('a batch whose import still runs is not deleted; afterwards its import is left out of the history', async () => {
    const { batch, operation } = await importText(fresh, imports, `${HEADER}\n*1111,,2024-01-01,d,1,ARS,,r`)
    const insert = statement(
      'test_running_import',
      `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts) values ($1, 'STATEMENT_IMPORT', 't', 'running', 1, 'ana', '{}', '{}', 5)`,
    )
    await fresh.database.run(insert, [operation.id])
    expect(await imports.deleteBatch(batch.id)).toEqual({ kind: 'importActive', operationId: operation.id })
    await fresh.database.run(statement('test_end_import', `update operation set state = 'completed', finished_at = now() where id = $1`), [operation.id])
    expect(await imports.deleteBatch(batch.id)).toEqual({ kind: 'deleted', operationId: operation.id })
    expect(await fresh.database.run(statement('test_hidden', 'select hidden from operation where id = $1'), [operation.id])).toEqual([{ hidden: true }])
    expect((await imports.batchesByOperationIds([operation.id]))[0]?.deletedAt).toBeInstanceOf(Date)
  })

  test('category rules apply at import, and to a batch again when they were changed', async () => {
    const rule = await imports.setCategoryRule({ pattern: 'uber*trip', category: 'Transport' })
    const lines = [HEADER, '*1111,,2024-01-01,UBER  BV TRIP 12,1,ARS,,a', '*1111,,2024-01-01,CAFÉ,1,ARS,,b']
    const { batch } = await importText(fresh, imports, lines.join('\n'))
    const categories = async () => (await contentOf(fresh, batch.id)).rows.map((row) => row.category)
    expect(await categories()).toEqual(['Transport', null])
    await imports.setCategoryRule({ pattern: 'café', category: 'Food', position: 1 })
    const run = new FakeOperation().run({
      input: { batchId: toTypeId('batch', batch.id) },
      ownerId: OWNER,
      database: fresh.database,
      services: imports.services,
    }) as Run<never, never>
    expect(await statementRecategorization.run?.(run)).toEqual({ rows: 2, changed: 1 })
    expect(await categories()).toEqual(['Transport', 'Food'])
    const foreign = new FakeOperation().run({
      input: { batchId: toTypeId('batch', batch.id) },
      ownerId: 'bruno',
      database: fresh.database,
      services: imports.services,
    }) as Run<never, never>
    await expect(statementRecategorization.run?.(foreign)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await imports.categoryRules()).map((each) => each.pattern)).toEqual(['uber*trip', 'café'])
    expect(await imports.deleteCategoryRule(rule.id)).toBe(true)
    expect(await imports.deleteCategoryRule(rule.id)).toBe(false)
    await expect(imports.setCategoryRule({ pattern: ' * ', category: '' })).rejects.toMatchObject({
      issues: [{ path: 'input.pattern' }, { path: 'input.category' }],
    })
  })

  test('every text survives the array literal', async () => {
    const echo = statement('test_echo', 'select $1::text[] as texts')
    const text = fc.oneof(fc.string(), fc.constantFrom('a\nb', '\\n', 'NULL', 'null', '"', '{}', ',', '\u0001', '')).filter((each) => !each.includes('\u0000'))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (texts) => {
        expect(await fresh.database.run(echo, [arrayLiteral(texts)])).toEqual([{ texts }])
      }),
    )
  })
})

describe('createCategoryMatcher', () => {
  const matcher = createCategoryMatcher([
    { id: '1', pattern: 'Uber*Eats', category: 'Food', position: 0 },
    { id: '2', pattern: 'UBER', category: 'Transport', position: 0 },
    { id: '3', pattern: '.*', category: 'Dots', position: 0 },
  ])
  test('takes the first rule that fits, any case, * for anything between, nothing as a regular expression', () => {
    expect(['UBER *EATS', 'uber trip', 'eats uber', 'a.b', 'nothing'].map((text) => matcher.categoryOf(text))).toEqual([
      'Food',
      'Transport',
      'Transport',
      'Dots',
      null,
    ])
  })
})

describe('neutralised', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+CMD', "'+CMD"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ['-12.50', '-12.50'],
    ['+7', '+7'],
    ['a=b', 'a=b'],
    ['', ''],
  ])('%j becomes %j', (cell, safe) => {
    expect(neutralised(cell)).toBe(safe)
  })
})

describe('download tokens', () => {
  const key = Buffer.alloc(32, 1)
  const token = signDownload(key, { batchId: 'b', expiresAtMs: 1_000 })
  test('give one batch until they expire', () => {
    expect(verifyDownload(key, token, 999)).toBe('b')
    expect(verifyDownload(key, token, 1_000)).toBeUndefined()
  })
  test('are of no use when changed or signed with another key', () => {
    expect(verifyDownload(Buffer.alloc(32, 2), token, 0)).toBeUndefined()
    for (const changed of [`x${token}`, `${token}.x`, token.slice(0, -3), token.replace('.', ''), '', '.'])
      expect(verifyDownload(key, changed, 0)).toBeUndefined()
  })
})
