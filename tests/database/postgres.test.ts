import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { newUuid } from '../../src/base/ids.ts'
import { isConnectionError, isSerializationError } from '../../src/database/errors.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { withConnectionRetry } from '../../src/database/retrying.ts'
import { statement } from '../../src/database/statement.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type FreshPostgres, freshPostgres, ownPostgres } from '../setup/databases.ts'
import { administer } from '../setup/postgres-template.ts'

const pid = statement('test.pid', 'select pg_backend_pid() as pid')
const one = statement('test.one', 'select 1 as one')
const killSelf = statement('test.kill_self', 'select pg_terminate_backend(pg_backend_pid())')

describe('createPostgresDatabase', () => {
  let fresh: FreshPostgres
  const contained: unknown[] = []
  beforeAll(async () => {
    const telemetry = new Telemetry()
    telemetry.listen((_, fact) => contained.push(fact))
    fresh = await freshPostgres({ telemetry, poolSize: 3 })
  })
  afterAll(() => fresh?.drop())

  test('survives the end of an idle connection and says so', async () => {
    const [row] = await fresh.database.run<{ pid: number }>(pid, [])
    await administer(fresh.url, `select pg_terminate_backend(${row?.pid})`)
    await expect.poll(() => contained).toContainEqual(expect.objectContaining({ where: 'database.connection' }))
    expect(await fresh.database.run(one, [])).toEqual([{ one: 1 }])
  })

  test('rejects the statement whose connection was ended, as a connection error, and goes on', async () => {
    const failure = await fresh.database.run(killSelf, []).catch((error: unknown) => error)
    expect(isConnectionError(failure)).toBe(true)
    expect(await fresh.database.run(one, [])).toEqual([{ one: 1 }])
  })

  test('rejects a transaction whose connection was ended between its statements, and undoes it', async () => {
    const stream = newUuid()
    const attempt = fresh.database.transaction(async (transaction) => {
      await transaction.kysely
        .insertInto('event')
        .values({ stream, seq: 1, type: 'test', data: '{}', actor: null, at: new Date(0) })
        .execute()
      const [row] = await transaction.run<{ pid: number }>(pid, [])
      await administer(fresh.url, `select pg_terminate_backend(${row?.pid})`)
      await transaction.run(one, [])
    })
    expect(isConnectionError(await attempt.catch((error: unknown) => error))).toBe(true)
    expect(await fresh.database.kysely.selectFrom('event').selectAll().where('stream', '=', stream).execute()).toEqual([])
  })

  test('keeps its connection, and so its prepared statements, when a statement fails on its data', async () => {
    const { database, drop } = await freshPostgres({ poolSize: 1 })
    const before = await database.run(pid, [])
    await database.run(statement('test.not_a_number', "select 'x'::text::int"), []).catch(() => {})
    await database.transaction((transaction) => transaction.run(statement('test.not_a_date', "select 'x'::text::date"), [])).catch(() => {})
    expect(await database.run(pid, [])).toEqual(before)
    await drop()
  })

  test('prepares a statement once per connection', async () => {
    const { database, drop } = await freshPostgres({ poolSize: 1 })
    for (let round = 0; round < 3; round += 1) await database.run(one, [])
    const prepared = statement('test.prepared', 'select name, generic_plans + custom_plans as runs from pg_prepared_statements where name = $1')
    expect(await database.run(prepared, [one.name])).toEqual([{ name: one.name, runs: 3 }])
    await drop()
  })

  test('tells of a deadlock as a failure to serialize', async () => {
    const [left, right] = [newUuid(), newUuid()]
    const insert = statement('test.insert_stream', 'insert into stream_head (stream, name) values ($1, $2)')
    for (const id of [left, right]) await fresh.database.run(insert, [id, id])
    const touch = statement('test.touch_stream', 'update stream_head set head = head + 1 where stream = $1')
    let arrived = 0
    const meeting = Promise.withResolvers<void>()
    const crossing = (first: string, second: string) =>
      fresh.database.transaction(async (transaction) => {
        await transaction.run(touch, [first])
        arrived += 1
        if (arrived === 2) meeting.resolve()
        await meeting.promise
        await transaction.run(touch, [second])
      })
    const outcomes = await Promise.allSettled([crossing(left, right), crossing(right, left)])
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    expect(failures).toHaveLength(1)
    expect(isSerializationError(failures[0])).toBe(true)
  })

  test('calls a server that is not there a connection error', async () => {
    const database = createPostgresDatabase({ url: 'postgres://postgres@127.0.0.1:1/none', poolSize: 1, telemetry: new Telemetry() })
    expect(isConnectionError(await database.run(one, []).catch((error: unknown) => error))).toBe(true)
    await database.close()
  })
})

describe('runOrdered', () => {
  test('walks the claim index whatever the statistics say, also while Kysely would sort', async () => {
    const { database, drop } = await freshPostgres()
    await database.run(
      statement(
        'test.fill',
        `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, claim_at)
          select gen_random_uuid(), 'T', 't', 'queued', 1, 'o', '{}', '{}', 1, now() from generate_series(1, 3000)`,
      ),
      [],
    )
    const text = 'explain (format json) select id from operation where priority = 1 and claim_at is not null order by claim_at, id limit 2500'
    const ordered = JSON.stringify(await database.runOrdered(statement('test.explain_claim', text), []))
    expect(ordered).toContain('operation_claim_idx')
    expect(ordered).not.toContain('"Sort"')
    await drop()
  })
})

describe('withConnectionRetry on a real server', () => {
  test('carries a write over a restart of PostgreSQL', async () => {
    const server = await ownPostgres()
    const database = createPostgresDatabase({ url: server.url, poolSize: 2, telemetry: new Telemetry() })
    await database.run(statement('test.make_table', 'create table kept (value int primary key)'), [])
    await server.halt('SIGKILL')
    const insert = statement('test.insert_kept', 'insert into kept values ($1) on conflict do nothing')
    const written = withConnectionRetry(() => database.run(insert, [1]), { clock: systemClock, deadlineMs: 60_000 })
    await server.restart()
    await written
    expect(await database.run(statement('test.read_kept', 'select value from kept'), [])).toEqual([{ value: 1 }])
    await database.close()
    await server.stop()
  })
})
