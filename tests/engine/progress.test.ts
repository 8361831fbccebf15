import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { externalOperation } from '../../src/engine/external.ts'
import { percentageOf, viewProgress } from '../../src/engine/progress.ts'
import { ProgressTracker, REVISIONS_PER_CLAIM } from '../../src/engine/progress-tracker.ts'
import type { OperationRecord } from '../../src/engine/records.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const at = (secondsAgo: number): Date => new Date(NOW - secondsAgo * 1_000)

function record(progress: Partial<OperationRecord['progress']>, more: Partial<OperationRecord> = {}): OperationRecord {
  const figures = {
    revision: 1,
    total: null,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    unit: 'rows',
    message: null,
    ratePerSecond: null,
    movedAt: at(0),
    updatedAt: at(0),
  }
  return { state: 'running', startedAt: at(60), workedMs: 0, ...more, progress: { ...figures, ...progress } } as OperationRecord
}
const view = (of: OperationRecord, history?: { p50Ms: number; perUnitMs: number | null; p90Ms?: number; perUnitHighMs?: number }) =>
  viewProgress(of, { definition: undefined, history: history && { p90Ms: null, perUnitHighMs: null, ...history }, now: NOW })

class ManualClock implements Clock {
  ms = 0
  now = () => NOW + this.ms
  monotonic = () => this.ms
  sleep = () => Promise.resolve()
  after = () => () => {}
}

describe('percentageOf', () => {
  test('is a share with one decimal, unknown without a total, and 100 only when all is done', () => {
    expect(percentageOf(0, 18_000)).toBe(0)
    expect(percentageOf(1, 3)).toBe(33.3)
    expect(percentageOf(17_999, 18_000)).toBe(99.9)
    expect(percentageOf(18_000, 18_000)).toBe(100)
    expect(percentageOf(5, null)).toBeNull()
    expect(percentageOf(0, 0)).toBeNull()
  })

  test('never leaves 0 to 100 and never falls while more is done', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (one, other, total) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((done) => percentageOf(done, total) as number)
        expect(less).toBeGreaterThanOrEqual(0)
        expect(more).toBeLessThanOrEqual(100)
        expect(less).toBeLessThanOrEqual(more as number)
      }),
    )
  })
})

describe('viewProgress', () => {
  test('tells the remaining time from the rate once the run is not young', () => {
    expect(view(record({ total: 1_000, succeeded: 500, ratePerSecond: 50 }))).toMatchObject({
      remainingSeconds: 10,
      estimatedCompletionAt: new Date(NOW + 10_000),
    })
  })

  test('tells it from the history of the type while the rate is young', () => {
    const young = record({ total: 1_000, succeeded: 1, ratePerSecond: 1 }, { startedAt: at(1) })
    expect(view(young, { p50Ms: 20_000, perUnitMs: 10 }).remainingSeconds).toBe(10)
    expect(view(record({}, { startedAt: at(5) }), { p50Ms: 20_000, perUnitMs: null }).remainingSeconds).toBe(15)
  })

  test('says nothing when it takes longer than usual, and nothing about what has ended', () => {
    expect(view(record({}), { p50Ms: 20_000, perUnitMs: null }).remainingSeconds).toBeNull()
    expect(view(record({ total: 10, succeeded: 10 }, { state: 'completed' }))).toMatchObject({
      remainingSeconds: null,
      estimatedCompletionAt: null,
      percentage: 100,
    })
  })

  const SLOW = { p50Ms: 20_000, p90Ms: 50_000, perUnitMs: null }
  const BY_UNIT = { p50Ms: 20_000, p90Ms: 50_000, perUnitMs: 10, perUnitHighMs: 30 }
  const COUNTED = { total: 1_000, succeeded: 500 }
  test.each([
    ['nothing is known', {}, 5, undefined, null, null],
    ['it is young: the median, and the slowest tenth', {}, 5, SLOW, 15, 45],
    ['it takes longer than half of them: as the slower ones', {}, 30, SLOW, 20, 20],
    ['it takes longer than nine of ten: nobody knows', {}, 51, SLOW, null, null],
    ['there are too few to know the slowest tenth', {}, 5, { ...SLOW, p90Ms: undefined }, 15, null],
    ['units are counted and the rate is unknown: the median of a unit', COUNTED, 5, BY_UNIT, 5, 15],
    ['the rate is young: the median of a unit', { total: 1_000, succeeded: 1, ratePerSecond: 1 }, 1, BY_UNIT, 10, 30],
    ['the rate is known: the rate, and the slowest tenth of units', { ...COUNTED, ratePerSecond: 50 }, 10, BY_UNIT, 10, 15],
    ['the rate is slower than that of nine of ten: no upper end', { ...COUNTED, ratePerSecond: 5 }, 10, BY_UNIT, 100, null],
    ['the rate is known without history: no upper end', { ...COUNTED, ratePerSecond: 50 }, 10, undefined, 10, null],
  ] as const)('when %s', (...row) => {
    const [, progress, secondsAgo, history, usual, high] = row
    const { p90Ms, ...rest } = history ?? { p90Ms: undefined }
    const given = history && { ...(rest as typeof SLOW), ...(p90Ms === undefined ? {} : { p90Ms }) }
    expect(view(record(progress, { startedAt: at(secondsAgo) }), given)).toMatchObject({ remainingSeconds: usual, remainingSecondsHigh: high })
  })

  test('of work elsewhere is told from its rate or by its service, never from what other services took', () => {
    const context = { definition: externalOperation, history: { p50Ms: 20_000, p90Ms: 50_000, perUnitMs: 10, perUnitHighMs: 30 }, now: NOW }
    const opened = (input: object, progress = {}) => viewProgress(record(progress, { startedAt: at(10), input: { deadlineSeconds: 60, ...input } }), context)
    expect(opened({})).toMatchObject({ remainingSeconds: null, remainingSecondsHigh: null, estimatedCompletionAt: null })
    expect(opened({ estimateSeconds: 40 })).toMatchObject({ remainingSeconds: 30, remainingSecondsHigh: null })
    expect(opened({ estimateSeconds: 5 }).remainingSeconds).toBeNull()
    expect(opened({ estimateSeconds: 40 }, { ...COUNTED, ratePerSecond: 50 }).remainingSeconds).toBe(10)
  })

  test('gives the work that is left, but no end, while it is paused', () => {
    const paused = view(record({ total: 1_000, succeeded: 500, ratePerSecond: 50 }, { state: 'paused', workedMs: 60_000 }))
    expect(paused).toMatchObject({ remainingSeconds: 10, estimatedCompletionAt: null, stalledSince: null })
  })

  test('finds a stall after 30 s, or after five times the usual time of an item', () => {
    expect(view(record({ movedAt: at(31) })).stalledSince).toEqual(at(31))
    expect(view(record({ movedAt: at(29) })).stalledSince).toBeNull()
    expect(view(record({ movedAt: at(31), ratePerSecond: 0.1 }, { startedAt: at(100) })).stalledSince).toBeNull()
    expect(view(record({ movedAt: at(31) }, { state: 'queued' })).stalledSince).toBeNull()
  })
})

describe('ProgressTracker', () => {
  test('raises the revision with every snapshot, and by a thousand with a claim', () => {
    const tracker = new ProgressTracker(new ManualClock(), 'rows', undefined)
    expect([tracker.snapshot().revision, tracker.snapshot().revision]).toEqual([1, 2])
    const stored = { revision: 7, total: 10, succeeded: 4, failed: 1, skipped: 0, unit: 'rows', message: null }
    const next = new ProgressTracker(new ManualClock(), 'rows', stored).snapshot()
    expect(next).toMatchObject({ revision: 7 + REVISIONS_PER_CLAIM + 1, succeeded: 4, failed: 1, total: 10 })
  })

  test('measures the rate of this run only, not from the offset that it resumed at', () => {
    const clock = new ManualClock()
    const tracker = new ProgressTracker(clock, 'rows', { revision: 1, total: 10_000, succeeded: 5_000, failed: 0, skipped: 0, unit: 'rows', message: null })
    for (let second = 1; second <= 20; second += 1) {
      clock.ms = second * 1_000
      tracker.advance({ succeeded: 100 })
      tracker.snapshot()
    }
    expect(tracker.snapshot().ratePerSecond).toBeCloseTo(100, 5)
  })

  test('keeps counts whole and never negative, whatever a handler computes', () => {
    const tracker = new ProgressTracker(new ManualClock(), 'rows', undefined)
    tracker.report({ succeeded: -5, failed: Number.NaN, skipped: 1.7, total: Number.POSITIVE_INFINITY })
    expect(tracker.snapshot()).toMatchObject({ succeeded: 0, failed: 0, skipped: 1, total: 0 })
  })
})
