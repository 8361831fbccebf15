import type { Database } from '../database/database.ts'
import type { MetricsQuery, MetricsWindow, OperationFigures, OperationMetrics } from './engine.ts'
import { type Histogram, mergeHistograms, quantileOf } from './histogram.ts'
import { type RollupSums, readBySpan, readByType } from './store/read-rollups.ts'
import { DAYS_BY_THE_HOUR, DAYS_KEPT } from './store/roll-up-ends.ts'

/** Figures of operations, from rollups only. Windows are cut at the edges of hours and, where those were merged by now, of days (UTC). */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The oldest instant of which there are figures. */
export const oldestMetricsMs = (now: number): number => now - DAYS_KEPT * DAY_MS

/** From when on figures are kept by the hour. A day less than they are, because the database's clock decides when hours are merged. */
export const hourlyMetricsFromMs = (now: number): number => floorTo(now - (DAYS_BY_THE_HOUR - 1) * DAY_MS, DAY_MS)

const floorTo = (ms: number, lengthMs: number): number => Math.floor(ms / lengthMs) * lengthMs
const ceilTo = (ms: number, lengthMs: number): number => Math.ceil(ms / lengthMs) * lengthMs
const lengthAt = (ms: number, now: number): number => (ms < hourlyMetricsFromMs(now) ? DAY_MS : HOUR_MS)

/** The window that is really counted: `since` back to, and `until` on to, the edge of its hour or day. */
export function cutWindow(window: { readonly since: Date; readonly until: Date }, now: number): { readonly since: Date; readonly until: Date } {
  const [since, until] = [window.since.getTime(), window.until.getTime()]
  return { since: new Date(floorTo(since, lengthAt(since, now))), until: new Date(ceilTo(until, lengthAt(until, now))) }
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

/** Of any number of rollups. */
export function figuresOf(sums: readonly RollupSums[]): OperationFigures {
  const sum = (of: (one: RollupSums) => number): number => sums.reduce((all, one) => all + of(one), 0)
  const merged = (of: (one: RollupSums) => Histogram): Histogram => mergeHistograms(sums.map(of))
  const [completed, failed, canceled] = [sum((one) => one.completed), sum((one) => one.failed), sum((one) => one.canceled)]
  const [durations, waits] = [merged((one) => one.durations), merged((one) => one.waits)]
  return {
    total: completed + failed + canceled,
    completed,
    failed,
    canceled,
    successRate: share(completed, completed + failed),
    meanDurationMs: share(
      sum((one) => one.durationMs),
      completed,
    ),
    p50DurationMs: quantileOf(durations, 0.5),
    p90DurationMs: quantileOf(durations, 0.9),
    p95DurationMs: quantileOf(durations, 0.95),
    meanWaitMs: share(
      sum((one) => one.waitMs),
      sum((one) => one.started),
    ),
    p50WaitMs: quantileOf(waits, 0.5),
    p95WaitMs: quantileOf(waits, 0.95),
    retries: sum((one) => one.retries),
  }
}

/** Figures of a window, in all and by type. */
export async function readMetrics(database: Database, query: MetricsQuery, now: number): Promise<OperationMetrics> {
  const window = cutWindow(query, now)
  const byType = await readByType(database, { ...query, ...window })
  return {
    ...window,
    ...figuresOf([...byType.values()]),
    byType: query.types.flatMap((type) => {
      const sums = byType.get(type)
      return sums ? [{ type, ...figuresOf([sums]) }] : []
    }),
  }
}

/** The same as a series without a hole. */
export async function readMetricsWindows(database: Database, query: MetricsQuery, every: 'hour' | 'day', now: number): Promise<readonly MetricsWindow[]> {
  const window = cutWindow(query, now)
  const lengthMs = every === 'hour' ? HOUR_MS : DAY_MS
  const bySpan = await readBySpan(database, { ...query, ...window }, every)
  const first = floorTo(window.since.getTime(), lengthMs)
  const count = Math.ceil((window.until.getTime() - first) / lengthMs)
  return Array.from({ length: count }, (_, index) => {
    const start = first + index * lengthMs
    const sums = bySpan.get(start)
    return { startsAt: new Date(start), endsAt: new Date(start + lengthMs), ...figuresOf(sums ? [sums] : []) }
  })
}
