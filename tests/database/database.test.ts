import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUuid } from '../../src/base/ids.ts'
import type { Database } from '../../src/database/database.ts'
import { codeOf, isDataError, isUniqueViolation } from '../../src/database/errors.ts'
import { statement } from '../../src/database/statement.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../setup/databases.ts'

/** What both databases must do alike. */
const insertHead = statement('test.insert_head', 'insert into stream_head (stream, name) values ($1, $2)')
const countHeads = statement('test.count_heads', 'select count(*) as heads from stream_head where name like $1')
const setHead = statement('test.set_head', 'update stream_head set head = $2 where stream = $1')
const readHead = statement('test.read_head', 'select head from stream_head where stream = $1')
const divide = statement('test.divide', 'select 1 / $1::int as result')

const headsNamed = async (database: Database, prefix: string): Promise<number> => {
  const rows = await database.run<{ heads: number }>(countHeads, [`${prefix}%`])
  return rows[0]?.heads ?? Number.NaN
}

describe.each(databaseKinds)('database on %s', (kind) => {
  let fresh: FreshDatabase
  let database: Database
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    database = fresh.database
  })
  afterAll(() => fresh?.drop())

  test('says which kind it is', () => {
    expect(database.kind).toBe(kind)
  })

  test('gives values in the types that the rows promise', async () => {
    const types = statement(
      'test.types',
      `select 9007199254740991::int8 as big, array[1, null, 3]::int8[] as bigs, count(*) as counted, date '2026-02-28' as day,
        timestamptz '2026-02-28 23:30:00-03' as at, '{"a":[1]}'::jsonb as json, 1.10::numeric as exact, null::int8 as nothing from (values (1), (2)) as two`,
    )
    expect(await database.run(types, [])).toEqual([
      {
        big: 9_007_199_254_740_991,
        bigs: [1, null, 3],
        counted: 2,
        day: '2026-02-28',
        at: new Date('2026-03-01T02:30:00Z'),
        json: { a: [1] },
        exact: '1.10',
        nothing: null,
      },
    ])
  })

  test('has sessions in UTC, so that a cast to date means the same everywhere', async () => {
    const zone = statement('test.zone', "select current_setting('timezone') as zone, (timestamptz '2026-01-01 01:00+02')::date as day")
    expect(await database.run(zone, [])).toEqual([{ zone: 'UTC', day: '2025-12-31' }])
  })

  test('takes arrays, and arrays of json as text, through unnest', async () => {
    const unnest = statement('test.unnest', 'select id, data from unnest($1::int8[], $2::jsonb[]) as given (id, data) order by id')
    const documents = [[1, 2], { text: 'with "quotes", {braces} and \\' }, null].map((value) => JSON.stringify(value))
    expect(await database.run(unnest, [[1, 2, 3], documents])).toEqual([
      { id: 1, data: [1, 2] },
      { id: 2, data: { text: 'with "quotes", {braces} and \\' } },
      { id: 3, data: null },
    ])
  })

  test('stores an array in a json column when it comes as text, through Kysely too', async () => {
    const stream = newUuid()
    await database.kysely
      .insertInto('event')
      .values({ stream, seq: 1, type: 'test', data: JSON.stringify([1, 'two']), actor: null, at: new Date(0) })
      .execute()
    const row = await database.kysely.selectFrom('event').selectAll().where('stream', '=', stream).executeTakeFirstOrThrow()
    expect(row).toEqual({ stream, seq: 1, type: 'test', data: [1, 'two'], actor: null, at: new Date(0) })
  })

  test('keeps what a transaction did when it ends', async () => {
    const result = await database.transaction(async (transaction) => {
      await transaction.run(insertHead, [newUuid(), 'kept-1'])
      await transaction.run(insertHead, [newUuid(), 'kept-2'])
      return 'done'
    })
    expect(result).toBe('done')
    expect(await headsNamed(database, 'kept-')).toBe(2)
  })

  test('undoes what a transaction did when its work rejects, and passes the error on', async () => {
    const failure = new Error('no')
    const attempt = database.transaction(async (transaction) => {
      await transaction.run(insertHead, [newUuid(), 'undone-1'])
      throw failure
    })
    await expect(attempt).rejects.toBe(failure)
    expect(await headsNamed(database, 'undone-')).toBe(0)
  })

  test('refuses to pretend that it committed when a statement had failed and its error was swallowed', async () => {
    const attempt = database.transaction(async (transaction) => {
      await transaction.run(insertHead, [newUuid(), 'swallowed-1'])
      await transaction.run(divide, [0]).catch(() => {})
    })
    await expect(attempt).rejects.toThrow('expected a transaction that can be committed')
    expect(await headsNamed(database, 'swallowed-')).toBe(0)
  })

  test('has Kysely inside the transaction, and shows its changes to the transaction only', async () => {
    const stream = newUuid()
    const attempt = database.transaction(async (transaction) => {
      await transaction.run(insertHead, [stream, 'inside-1'])
      await transaction.kysely
        .insertInto('event')
        .values({ stream, seq: 1, type: 'test', data: '{}', actor: null, at: new Date(0) })
        .execute()
      const events = await transaction.kysely.selectFrom('event').select('seq').where('stream', '=', stream).execute()
      expect(events).toEqual([{ seq: 1 }])
      expect(await transaction.run(readHead, [stream])).toEqual([{ head: 0 }])
      throw new Error('undo')
    })
    await expect(attempt).rejects.toThrow('undo')
    expect(await database.run(readHead, [stream])).toEqual([])
    expect(await database.kysely.selectFrom('event').select('seq').where('stream', '=', stream).execute()).toEqual([])
  })

  test('undoes a transaction also when its work fails with what looks like a lost connection', async () => {
    const attempt = database.transaction(async (transaction) => {
      await transaction.run(insertHead, [newUuid(), 'elsewhere-1'])
      throw Object.assign(new Error('another server hung up'), { code: 'ECONNRESET' })
    })
    await expect(attempt).rejects.toThrow('another server hung up')
    await database.run(insertHead, [newUuid(), 'elsewhere-2'])
    expect(await headsNamed(database, 'elsewhere-')).toBe(1)
  })

  test('loses no update when transactions change the same row', async () => {
    const stream = newUuid()
    await database.run(insertHead, [stream, 'counter'])
    const lock = statement('test.lock_head', 'select head from stream_head where stream = $1 for update')
    const increment = () =>
      database.transaction(async (transaction) => {
        const [row] = await transaction.run<{ head: number }>(lock, [stream])
        await transaction.run(setHead, [stream, (row?.head ?? 0) + 1])
      })
    await Promise.all(Array.from({ length: 25 }, increment))
    expect(await database.run(readHead, [stream])).toEqual([{ head: 25 }])
  })

  test('goes on after more failures than it has connections', async () => {
    for (let round = 0; round < 20; round += 1) await expect(database.run(divide, [0])).rejects.toMatchObject({ code: '22012' })
    expect(await database.run(divide, [1])).toEqual([{ result: 1 }])
  })

  test.each([
    ['a null character in text', 'select $1::text as value', '\u0000'],
    ['a null character in json', 'select $1::jsonb as value', '"\\u0000"'],
    ['half a surrogate pair in json', 'select $1::jsonb as value', '"\\ud800"'],
    ['text that is no json', 'select $1::jsonb as value', '{'],
    ['text that is no uuid', 'select $1::uuid as value', 'x'],
    ['a number out of range', 'select $1::int as value', '99999999999'],
  ])('calls %s the fault of the data', async (name, text, value) => {
    const failure = await database.run(statement(`test.bad.${name}`.slice(0, 63), text), [value]).catch((error: unknown) => error)
    expect(codeOf(failure)).toMatch(/^22/)
    expect(isDataError(failure)).toBe(true)
  })

  test('names the index that a value violates', async () => {
    const stream = newUuid()
    await database.run(insertHead, [stream, 'unique-1'])
    const failure = await database.run(insertHead, [stream, 'unique-2']).catch((error: unknown) => error)
    expect(isUniqueViolation(failure)).toBe(true)
    expect(isUniqueViolation(failure, 'stream_head_pkey')).toBe(true)
    expect(isUniqueViolation(failure, 'operation_pkey')).toBe(false)
  })

  test('runs ordered statements, and is no slower to fail', async () => {
    const first = statement('test.first_claimable', 'select id from operation where claim_at is not null order by priority, claim_at, id limit 1')
    expect(await database.runOrdered(first, [])).toEqual([])
    await expect(database.runOrdered(divide, [0])).rejects.toMatchObject({ code: '22012' })
    expect(await database.runOrdered(divide, [1])).toEqual([{ result: 1 }])
  })

  test('serves many callers at once', async () => {
    const echo = statement('test.echo', 'select $1::int as value')
    const answers = await Promise.all(Array.from({ length: 200 }, (_, value) => database.run<{ value: number }>(echo, [value])))
    expect(answers.map(([row]) => row?.value)).toEqual(Array.from({ length: 200 }, (_, value) => value))
  })
})

describe.each(databaseKinds)('close on %s', (kind) => {
  test('may be called twice, and refuses statements afterwards', async () => {
    const { database, drop } = await freshDatabase(kind)
    await Promise.all([database.close(), database.close()])
    await expect(database.run(divide, [1])).rejects.toThrow('Cannot use a pool')
    await drop()
  })
})
