import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { statement } from '../../src/database/statement.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, until } from './api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
})
afterAll(() => world.close())

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START =
  'mutation ($input: StartSandboxExerciseInput!) { startSandboxExercise(input: $input) { __typename ... on OperationPayload { operation { id } } } }'
const FIGURES = 'total completed failed canceled successRate meanDurationMs p50DurationMs p90DurationMs p95DurationMs meanWaitMs p50WaitMs p95WaitMs retries'
const METRICS = `query ($type: OperationType, $since: DateTime, $until: DateTime, $every: MetricsInterval! = DAY) {
  operationMetrics(type: $type, since: $since, until: $until) {
    since until ...figures byType { type ...figures estimate { usualSeconds usualSecondsHigh } } windows(every: $every) { startsAt endsAt total completed } } }
fragment figures on OperationFigures { ${FIGURES} }`

const metrics = async (viewer: Viewer, variables: object = {}): Promise<Loose> => {
  const { data, errors } = await world.ask(viewer, METRICS, variables)
  expect(errors).toBeUndefined()
  return data?.['operationMetrics'] as Loose
}
const ends = (viewer: Viewer) => async () => Number((await metrics(viewer))['total'])

describe('operationMetrics', () => {
  test('shows users and services their own, and administrators all, by type and as a series', async () => {
    for (const [viewer, count] of [
      [ANA, 3],
      [SYNC, 1],
    ] as const)
      for (let index = 0; index < count; index += 1) await world.ask(viewer, START, { input: { items: 2, itemMs: 1 } })
    await world.ask(ANA, START, { input: { items: 2, itemMs: 1, failAt: 2, failAs: 'PERMANENT' } })
    const open = 'mutation { open: openExternalOperation(input: { title: "Sync", ownerId: "ana" }) { ... on OperationPayload { operation { id } } } }'
    const opened = await world.ask(SYNC, open)
    await world.ask(SYNC, 'mutation ($id: ID!) { completeOperation(input: { id: $id }) { __typename } }', { id: opened.data?.['open']?.['operation']?.['id'] })

    await expect.poll(ends(ADMIN)).toBe(6)
    expect(await ends(ANA)()).toBe(5)
    expect(await ends(BOB)()).toBe(0)
    // What it opened for a user is that user's.
    expect(await ends(SYNC)()).toBe(1)
    const own = await metrics(ANA)
    expect(own).toMatchObject({ total: 5, completed: 4, failed: 1, canceled: 0, successRate: 0.8, retries: 0 })
    expect(own['byType']).toMatchObject([
      { type: 'SANDBOX_EXERCISE', completed: 3, failed: 1, successRate: 0.75 },
      { type: 'EXTERNAL', completed: 1, successRate: 1 },
    ])
    const windows = own['windows'] as unknown as Loose[]
    expect([31, 32]).toContain(windows.length)
    expect(windows.reduce((sum, window) => sum + Number(window['total']), 0)).toBe(5)
    const hours = (await metrics(ANA, { since: new Date(Date.now() - 3 * HOUR_MS), every: 'HOUR' }))['windows'] as unknown as Loose[]
    expect(hours.reduce((sum, window) => sum + Number(window['total']), 0)).toBe(5)
    expect(await metrics(ANA, { type: 'STATEMENT_IMPORT' })).toMatchObject({ total: 0, successRate: null, p95DurationMs: null, byType: [] })
  })

  test('cuts windows at the edges of hours, and of days where they are old, and says so', async () => {
    const now = Date.now()
    const { since, until: to } = await metrics(ANA, { since: new Date(now - 20 * DAY_MS), until: new Date(now - HOUR_MS) })
    expect(text(since)).toMatch(/T00:00:00.000Z$/)
    expect(text(to)).toMatch(/:00:00.000Z$/)
    expect(Date.parse(text(since))).toBeLessThanOrEqual(now - 20 * DAY_MS)
    expect(Date.parse(text(to))).toBeGreaterThanOrEqual(now - HOUR_MS)
  })

  test.each([
    ['an empty window', { since: new Date(Date.now() - HOUR_MS), until: new Date(Date.now() - DAY_MS) }, 'since', /before until/],
    ['figures that are kept no longer', { since: new Date(Date.now() - 500 * DAY_MS) }, 'since', /last 13 months/],
    ['figures of the future', { until: new Date(Date.now() + 3 * DAY_MS) }, 'until', /at most a day ahead/],
    ['old figures by the hour', { since: new Date(Date.now() - 20 * DAY_MS), every: 'HOUR' }, 'every', /expected DAY/],
  ])('refuses %s', async (_case, variables, path, message) => {
    const { errors, codes } = await world.ask(ANA, METRICS, variables)
    expect(codes).toEqual(['INVALID_INPUT'])
    expect(errors?.[0]?.extensions['issues']).toEqual([{ path, message: expect.stringMatching(message) }])
  })

  test('asks who it is', async () => {
    expect((await world.ask(null, METRICS)).codes).toEqual(['UNAUTHENTICATED'])
  })
})

const SLOW = statement(
  'test_slow_ends',
  `insert into operation_end select 'SANDBOX_EXERCISE', 'zoe', 'completed', now() + interval '1 hour', 20000 + (n % 10) * 10000, null, 0, 0 from generate_series(1, 300) n`,
)

describe('usual times', () => {
  test('are unknown until there is history, then tell what is left of an operation and its upper end', { timeout: 120_000 }, async () => {
    const other = await apiWorld()
    const definition = async () => {
      const { data } = await other.ask(BOB, '{ operationDefinitions { type usualSeconds usualSecondsHigh } }')
      const definitions = (data?.['operationDefinitions'] ?? []) as unknown as Loose[]
      return definitions.find(({ type }) => text(type) === 'SANDBOX_EXERCISE')
    }
    expect(await definition()).toMatchObject({ usualSeconds: null, usualSecondsHigh: null })
    await other.database.run(SLOW, [])
    // Medians of 20 to 110 s, within 2.5 %.
    await expect.poll(async () => Number((await definition())?.['usualSeconds'] ?? 0), { timeout: 60_000 }).toBeGreaterThan(57)
    expect(Number((await definition())?.['usualSecondsHigh'])).toBeGreaterThan(95)
    const started = await other.ask(ANA, START, { input: { items: 100_000, itemMs: 5_000 } })
    const stream = await other.subscribe(ANA, 'subscription ($id: ID!) { operation(id: $id) { progress { remainingSeconds remainingSecondsHigh } } }', {
      id: started.data?.['startSandboxExercise']?.['operation']?.['id'],
    })
    const frame = await until(stream, () => true)
    const progress = frame['operation']?.['progress']
    expect(Number(progress?.['remainingSeconds'])).toBeGreaterThan(30)
    expect(Number(progress?.['remainingSecondsHigh'])).toBeGreaterThan(Number(progress?.['remainingSeconds']))
    await stream.return()
    await other.close()
  })
})
