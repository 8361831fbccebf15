import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { namedStream, newUuid } from '../../src/base/ids.ts'
import type { Database } from '../../src/database/database.ts'
import { EventLog, NAMED_STREAM_HEADS, readStatement } from '../../src/events/log.ts'
import { databaseKinds, type FreshDatabase, freshDatabase, freshPostgres } from '../setup/databases.ts'
import { append, newName } from './stream-world.ts'

describe.each(databaseKinds)('the event log on %s', (kind) => {
  let fresh: FreshDatabase
  let database: Database
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    database = fresh.database
  })
  afterAll(() => fresh.drop())

  test('answers all who ask in the same moment with one statement, each in its own way', async () => {
    const log = new EventLog(database)
    const [first, second] = [newName(), newName()]
    await append({ database, name: first, types: ['a', 'b', 'c'] })
    await append({ database, name: second, types: ['x'] })
    const pages = await Promise.all([
      log.read({ stream: namedStream(first), after: 1, limit: 1 }),
      log.read({ stream: namedStream(second), after: 0, limit: 10 }),
      log.read({ stream: namedStream(first), after: 0, limit: 0 }),
      log.read({ stream: namedStream(newName()), after: 0, limit: 10 }),
    ])
    expect(pages.map((page) => [page.events.map((event) => event.type).join(), page.head, page.oldest])).toEqual([
      ['b', 3, 1],
      ['x', 1, 1],
      ['', 3, 1],
      ['', 0, undefined],
    ])
    expect(log.statements).toBe(1)
  })

  test('tells a stream that does not exist from one without events, where heads have rows of their own', async () => {
    const log = new EventLog(database, { table: 'operation', key: 'id', head: 'version' })
    expect(await log.read({ stream: newUuid(), after: 0, limit: 1 })).toEqual({ events: [], head: undefined, oldest: undefined })
  })

  test('numbers appends of concurrent transactions without a hole, and takes the numbers of one back that fails', async () => {
    const name = newName()
    const heads = await Promise.all(Array.from({ length: 20 }, (_, index) => append({ database, name, types: Array((index % 3) + 1).fill(`t${index}`) })))
    await expect(append({ database, name, types: ['bad\u0000'] })).rejects.toThrow(/\\u0000|Unicode|byte sequence/)
    const last = await append({ database, name, types: ['last'] })
    const page = await new EventLog(database).read({ stream: namedStream(name), after: 0, limit: 100 })
    expect(page.events.map((event) => event.seq)).toEqual(Array.from({ length: last }, (_, index) => index + 1))
    expect(Math.max(...heads)).toBe(last - 1)
  })
})

test('reads by index whatever the statistics say', async () => {
  const { database, drop } = await freshPostgres()
  await sql`insert into stream_head (stream, name, head) select gen_random_uuid(), n::text, 5 from generate_series(1, 20000) n`.execute(database.kysely)
  await sql`insert into event (stream, seq, type, data) select stream, n, 'a', '{}' from stream_head, generate_series(1, 5) n`.execute(database.kysely)
  const explain = async () =>
    database.kysely.connection().execute(async (connection) => {
      await sql`set plan_cache_mode = force_generic_plan`.execute(connection)
      await sql.raw(`prepare plan_of as ${readStatement(NAMED_STREAM_HEADS).text}`).execute(connection)
      const { rows } = await sql<{ 'QUERY PLAN': string }>`explain execute plan_of(null, null, null)`.execute(connection)
      await sql`deallocate plan_of`.execute(connection)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
  const before = await explain()
  await sql`analyze`.execute(database.kysely)
  for (const plan of [before, await explain()]) {
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge/)
    expect(plan).toContain('event_pkey')
  }
  await drop()
})
