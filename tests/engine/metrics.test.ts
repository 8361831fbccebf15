import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { PermanentError } from '../../src/base/errors.ts'
import { statement } from '../../src/database/statement.ts'
import type { OperationFigures } from '../../src/engine/engine.ts'
import { RELATIVE_ERROR } from '../../src/engine/histogram.ts'
import { cutWindow, readMetrics, readMetricsWindows } from '../../src/engine/metrics.ts'
import { readHistory } from '../../src/engine/store/read-rollups.ts'
import { FIRST_PLACE, mergeRollups, pruneRollups, rollUpEnds } from '../../src/engine/store/roll-up-ends.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../setup/databases.ts'
import { ANA, type EngineWorld, engineWorld, operation } from './engine-world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface End {
  readonly type: string
  readonly owner: string
  readonly outcome: 'completed' | 'failed' | 'canceled'
  readonly at: Date
  readonly durationMs: number | null
  readonly unitUs: number | null
  readonly waitMs: number | null
  readonly retries: number
}

const INSERT = statement(
  'test_insert_ends',
  `insert into operation_end (type, owner_id, outcome, ended_at, duration_ms, unit_us, wait_ms, retries)
   select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[], $8::int[])`,
)

const COUNT = statement('test_count_rollups', 'select hours, count(*)::int as rows, min(starts_at) as oldest from operation_rollup group by 1 order by 1')

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Ends of the last so many milliseconds. */
function someEnds(count: number, now: number, withinMs: number): End[] {
  const next = numbers(count)
  return Array.from({ length: count }, () => {
    const outcome = (['completed', 'completed', 'completed', 'failed', 'canceled'] as const)[next(5)] as End['outcome']
    const durationMs = Math.floor(1.02 ** next(900))
    const started = outcome !== 'canceled' || next(2) === 0
    return {
      type: ['A', 'B', 'C'][next(3)] as string,
      owner: ['ana', 'bo'][next(2)] as string,
      outcome,
      at: new Date(now - next(withinMs)),
      durationMs: outcome === 'completed' ? durationMs : null,
      unitUs: outcome === 'completed' && next(2) === 0 ? durationMs * 10 : null,
      waitMs: started ? next(5_000) : null,
      retries: next(3),
    }
  })
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor(share * (values.length - 1))] ?? 0
const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

/** The figures computed from the ends themselves. */
function expectFigures(figures: OperationFigures, ends: readonly End[]): void {
  const of = (outcome: End['outcome']) => ends.filter((end) => end.outcome === outcome).length
  const durations = ends.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]))
  const waits = ends.flatMap(({ waitMs }) => (waitMs === null ? [] : [waitMs]))
  expect(figures).toMatchObject({
    total: ends.length,
    completed: of('completed'),
    failed: of('failed'),
    canceled: of('canceled'),
    retries: sum(ends.map(({ retries }) => retries)),
  })
  if (durations.length === 0) return
  expect(figures.successRate).toBeCloseTo(of('completed') / (of('completed') + of('failed')))
  expect(figures.meanDurationMs).toBeCloseTo(sum(durations) / durations.length, 6)
  expect(figures.meanWaitMs).toBeCloseTo(sum(waits) / waits.length, 6)
  const close = (read: number | null, exact: number) => expect(Math.abs((read ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact * (RELATIVE_ERROR + 1e-9))
  close(figures.p50DurationMs, quantile(durations, 0.5))
  close(figures.p90DurationMs, quantile(durations, 0.9))
  close(figures.p95DurationMs, quantile(durations, 0.95))
  close(figures.p50WaitMs, quantile(waits, 0.5))
  close(figures.p95WaitMs, quantile(waits, 0.95))
}

describe.each(databaseKinds)('rollups on %s', (kind) => {
  let fresh: FreshDatabase
  afterEach(() => fresh.drop())
  const now = Date.now()
  const insert = (ends: readonly End[]) =>
    fresh.database.run(INSERT, [
      ends.map((end) => end.type),
      ends.map((end) => end.owner),
      ends.map((end) => end.outcome),
      ends.map((end) => end.at),
      ends.map((end) => end.durationMs),
      ends.map((end) => end.unitUs),
      ends.map((end) => end.waitMs),
      ends.map((end) => end.retries),
    ])
  const rollUpAll = async (limit: number): Promise<number> => {
    let [count, from] = [0, FIRST_PLACE]
    for (;;) {
      const { picked, rolled_up, last } = await rollUpEnds(fresh.database, { from, limit })
      count += rolled_up
      if (picked < limit) return count
      from = last ?? FIRST_PLACE
    }
  }
  const read = (ownerId: string | undefined, types = ['A', 'B', 'C'], window = { since: new Date(now - 390 * DAY_MS), until: new Date(now + 1) }) =>
    readMetrics(fresh.database, { ownerId, types, ...window }, now)

  test('give the figures of the ends themselves, for everybody, an owner, a type, a window and a series, also after old hours were merged', async () => {
    fresh = await freshDatabase(kind)
    const ends = [...someEnds(1_500, now, 5 * DAY_MS), ...someEnds(700, now, 300 * DAY_MS)]
    await insert(ends)
    expect(await rollUpAll(300)).toBe(ends.length)
    expect(await rollUpAll(300)).toBe(0)
    const check = async () => {
      expectFigures(await read(undefined), ends)
      expectFigures(
        await read('ana'),
        ends.filter(({ owner }) => owner === 'ana'),
      )
      const { byType } = await read('bo')
      expect(byType.map(({ type }) => type)).toEqual(['A', 'B', 'C'])
      for (const figures of byType)
        expectFigures(
          figures,
          ends.filter(({ owner, type }) => owner === 'bo' && type === figures.type),
        )
      const window = { since: new Date(now - 100 * DAY_MS + 5_000), until: new Date(now - 2 * DAY_MS - 5_000) }
      const { since, until, ...figures } = await read(undefined, ['B'], window)
      expect({ since, until }).toEqual(cutWindow(window, now))
      expectFigures(
        figures,
        ends.filter(({ type, at }) => type === 'B' && at >= since && at < until),
      )
      const series = await readMetricsWindows(fresh.database, { ownerId: undefined, types: ['A', 'B', 'C'], ...window }, 'day', now)
      expect(series.map(({ startsAt }) => startsAt.getTime())).toEqual(series.map((_, index) => (series[0]?.startsAt.getTime() ?? 0) + index * DAY_MS))
      expect(sum(series.map(({ total }) => total))).toBe(ends.filter(({ at }) => at >= since && at < until).length)
    }
    await check()
    const [before] = await fresh.database.run<{ rows: number }>(COUNT, [])
    for (let merged = 100; merged === 100; ) merged = await mergeRollups(fresh.database, 100)
    const [hours, days] = await fresh.database.run<{ rows: number; oldest: Date }>(COUNT, [])
    expect(hours?.oldest.getTime()).toBeGreaterThanOrEqual(now - 9 * DAY_MS)
    expect(days?.rows).toBeGreaterThan(100)
    expect((hours?.rows ?? 0) + (days?.rows ?? 0)).toBeLessThan(before?.rows ?? 0)
    await check()
  })

  test('tell the usual times from the newest ends of a type, and the slow ones only of enough of them', async () => {
    fresh = await freshDatabase(kind)
    const end = (type: string, durationMs: number, hoursAgo: number): End => ({
      type,
      owner: 'ana',
      outcome: 'completed',
      at: new Date(now - hoursAgo * HOUR_MS),
      durationMs,
      unitUs: durationMs / 10,
      waitMs: 0,
      retries: 0,
    })
    const recent = Array.from({ length: 200 }, (_, index) => end('A', index < 150 ? 1_000 : 9_000, 2))
    const old = Array.from({ length: 500 }, () => end('A', 60_000, 30))
    await insert([...recent, ...old, end('B', 5_000, 1)])
    await rollUpAll(1_000)
    const history = await readHistory(fresh.database)
    const near = (value: number) => expect.toSatisfy((read: number) => Math.abs(read - value) <= value * RELATIVE_ERROR)
    expect(history.get('A')).toEqual({ p50Ms: near(1_000), p90Ms: near(9_000), perUnitMs: near(0.1), perUnitHighMs: near(0.9) })
    expect(history.get('B')).toEqual({ p50Ms: near(5_000), p90Ms: null, perUnitMs: near(0.5), perUnitHighMs: null })
    expect(history.get('C')).toBeUndefined()
  })

  test('are removed after thirteen months', async () => {
    fresh = await freshDatabase(kind)
    await insert(someEnds(50, now - 400 * DAY_MS, DAY_MS))
    await insert(someEnds(50, now - 300 * DAY_MS, DAY_MS))
    await rollUpAll(1_000)
    for (let merged = 100; merged === 100; ) merged = await mergeRollups(fresh.database, 100)
    expect(await pruneRollups(fresh.database, 1_000)).toBeGreaterThan(0)
    expect(await pruneRollups(fresh.database, 1_000)).toBe(0)
    expect((await read(undefined)).total).toBe(50)
  })
})

const ENDS = statement(
  'test_end_events',
  `select o.type, o.owner_id, e.type as outcome, count(*)::int as count from event e join operation o on o.id = e.stream
   where e.type in ('completed', 'failed', 'canceled') group by 1, 2, 3`,
)
const FORGET = statement('test_forget_rollups', 'delete from operation_rollup')
const RAW = statement(
  'test_raw_figures',
  `select avg(worked_ms)::float8 as duration, percentile_disc(0.5) within group (order by worked_ms)::float8 as p50,
   avg(round(extract(epoch from started_at - run_at) * 1000))::float8 as wait from operation where type = $1 and state = 'completed'`,
)

describe.each(databaseKinds)('metrics of operations on %s', (kind) => {
  let world: EngineWorld
  afterEach(() => world.close())
  const ask = (more: { readonly types?: readonly string[]; readonly ownerId?: string } = {}) =>
    world.engine.metrics({
      types: more.types ?? ['GOOD', 'BAD', 'FLAKY', 'EXTERNAL'],
      ownerId: more.ownerId,
      since: new Date(Date.now() - DAY_MS),
      until: new Date(Date.now() + HOUR_MS),
    })

  test('count every end once, as it ended, of all instances, and agree with the operations themselves', async () => {
    let isMended = false
    const definitions = [
      operation('GOOD', (run) => run.step('first', async () => run.report({ total: 10, succeeded: 10 }))),
      operation('BAD', () => (isMended ? Promise.resolve(null) : Promise.reject(new PermanentError('BROKEN', 'It broke.')))),
      operation('FLAKY', (run) => (run.attempt < 3 ? Promise.reject(new Error('once more')) : Promise.resolve(null))),
    ]
    world = await engineWorld({ kind, definitions, config: { slots: 2 } })
    await world.another()
    const started = await Promise.all(
      Array.from({ length: 12 }, (_, index) => world.start('GOOD', {}, { ownerId: index % 3 === 0 ? 'bo' : 'ana' })).concat(
        Array.from({ length: 4 }, () => world.start('FLAKY')),
      ),
    )
    const bad = await world.start('BAD')
    const later = await world.start('GOOD', {}, { runAt: new Date(Date.now() + HOUR_MS) })
    for (const { id } of started) await world.reaches(id, 'completed')
    await world.reaches(bad.id, 'failed')
    isMended = true
    await world.engine.control({ id: bad.id, action: 'retry', actor: ANA })
    await world.reaches(bad.id, 'completed')
    await world.engine.control({ id: later.id, action: 'cancel', actor: ANA })
    const opened = await world.engine.openExternal({
      title: 'Sync',
      ownerId: 'ana',
      tenantId: null,
      actor: { kind: 'service', id: 'sync' },
      deadlineSeconds: 60,
    })
    if (opened.kind === 'started') await world.engine.completeExternal({ id: opened.operation.id, actor: { kind: 'service', id: 'sync' } })

    await expect.poll(async () => (await ask()).total).toBe(20)
    const events = await world.database.run<{ type: string; owner_id: string; outcome: string; count: number }>(ENDS, [])
    const all = await ask()
    const countOf = (outcome: string) => sum(events.filter((row) => row.outcome === outcome).map(({ count }) => count))
    expect(all).toMatchObject({ completed: countOf('completed'), failed: countOf('failed'), canceled: countOf('canceled'), retries: 8 })
    expect((await ask({ ownerId: 'bo' })).total).toBe(sum(events.filter((row) => row.owner_id === 'bo').map(({ count }) => count)))
    expect((await ask({ types: ['BAD'] })).byType).toMatchObject([{ type: 'BAD', completed: 1, failed: 1, successRate: 0.5, retries: 0 }])
    expect(await ask({ types: ['NONE'] })).toMatchObject({ total: 0, successRate: null, p95DurationMs: null, meanWaitMs: null, byType: [] })

    const [raw] = await world.database.run<{ duration: number; p50: number; wait: number }>(RAW, ['GOOD'])
    const good = await ask({ types: ['GOOD'] })
    expect(good.meanDurationMs).toBeCloseTo(raw?.duration ?? Number.NaN, 6)
    // The one that never started does not count.
    expect(good.meanWaitMs).toBeCloseTo(raw?.wait ?? Number.NaN, 6)
    expect(Math.abs((good.p50DurationMs ?? 0) - (raw?.p50 ?? 0))).toBeLessThanOrEqual((raw?.p50 ?? 0) * RELATIVE_ERROR * 1.001)
  })

  test('begin with what had ended before there were rollups', async () => {
    world = await engineWorld({ kind, definitions: [operation('GOOD', (run) => run.step('first', async () => run.report({ total: 10, succeeded: 10 })))] })
    for (const { id } of await Promise.all(Array.from({ length: 5 }, () => world.start('GOOD')))) await world.reaches(id, 'completed')
    await expect.poll(async () => (await ask()).total).toBe(5)
    const before = await ask()
    const history = await readHistory(world.database)
    await world.database.run(FORGET, [])
    expect((await ask()).total).toBe(0)
    const migration = await readFile(new URL('../../migrations/0011_metrics.sql', import.meta.url), 'utf8')
    const backfill = /^insert into operation_end[\s\S]*?;$/m.exec(migration)?.[0] ?? ''
    await world.database.run(statement('test_backfill', backfill.slice(0, -1)), [])
    await expect.poll(async () => (await ask()).total).toBe(5)
    expect(await ask()).toEqual({ ...before, since: expect.any(Date), until: expect.any(Date) })
    expect(await readHistory(world.database)).toEqual(history)
  })
})
