import type { MetricsQuery, MetricsWindow, OperationMetrics } from '../engine/engine.ts'
import { hourlyMetricsFromMs, oldestMetricsMs } from '../engine/metrics.ts'
import { totalsOwner } from './authorize.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { checkInput } from './limits.ts'

const DEFAULT_DAYS = 30
const DAY_MS = 86_400_000

/** The answer with what was asked, for its series. */
export interface AskedMetrics extends OperationMetrics {
  readonly query: MetricsQuery
}

export const seconds = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : Math.ceil(ms / 1_000))

/** Figures of operations over time, from rollups. */
export function addOperationMetrics(builder: Builder): void {
  addFigures(builder)
  addParts(builder)
  builder.queryField('operationMetrics', (t) =>
    t.field({
      type: 'OperationMetrics',
      description: "Figures of the viewer's own operations; of everybody's for administrators. Complete up to a few seconds ago.",
      args: {
        type: t.arg({ type: 'OperationType', description: 'Of this type only.' }),
        since: t.arg({ type: 'DateTime', description: `Ended at or after this instant, at most 13 months ago; by default ${DEFAULT_DAYS} days ago.` }),
        until: t.arg({ type: 'DateTime', description: 'Ended before this instant; by default now.' }),
      },
      resolve: async (_root, { type, since, until }, context) => {
        const ownerId = totalsOwner(context)
        const { engine, clock } = context.services
        const known = engine.registry.all.map((definition) => definition.type)
        const query = { ...checkedWindow(since, until, clock.now()), ownerId, types: type ? [type] : known }
        return { ...(await engine.metrics(query)), query }
      },
    }),
  )
}

type Maybe<Value> = Value | null | undefined

/** Throws `InvalidInputError` for a window that is empty or older than figures are kept. */
function checkedWindow(since: Maybe<Date>, until: Maybe<Date>, now: number): { readonly since: Date; readonly until: Date } {
  const to = until ?? new Date(now)
  const from = since ?? new Date(Math.min(to.getTime(), now) - DEFAULT_DAYS * DAY_MS)
  checkInput((check) => {
    const oldest = oldestMetricsMs(now)
    if (from.getTime() < oldest)
      check.add('since', `expected an instant of the last 13 months (from ${new Date(oldest).toISOString()}), got ${from.toISOString()}`)
    if (to.getTime() > now + DAY_MS) check.add('until', `expected an instant that is at most a day ahead, got ${to.toISOString()}`)
    if (from >= to) check.add('since', `expected an instant before until (${to.toISOString()}), got ${from.toISOString()}`)
  })
  return { since: from, until: to }
}

function addFigures(builder: Builder): void {
  builder.interfaceType('OperationFigures', {
    description:
      'Figures of operations that ended. One that is retried after its end counts again when it ends again. Quantiles are off by 2.5 % at most; null where there is nothing to compute from.',
    fields: (t) => ({
      total: t.exposeInt('total', { description: 'All ends: completed, failed and canceled.' }),
      completed: t.exposeInt('completed', { description: 'Those that ended well.' }),
      failed: t.exposeInt('failed', { description: 'Those that ended with a failure.' }),
      canceled: t.exposeInt('canceled', { description: 'Those that were canceled.' }),
      successRate: t.exposeFloat('successRate', { nullable: true, description: 'Fraction of completed among completed and failed; null when there are none.' }),
      meanDurationMs: t.exposeFloat('meanDurationMs', { nullable: true, description: 'Mean running time of the completed ones, milliseconds.' }),
      p50DurationMs: t.exposeFloat('p50DurationMs', { nullable: true, description: 'Median running time of the completed ones, milliseconds.' }),
      p90DurationMs: t.exposeFloat('p90DurationMs', { nullable: true, description: 'Running time that 90 of 100 completed ones did not pass, milliseconds.' }),
      p95DurationMs: t.exposeFloat('p95DurationMs', { nullable: true, description: 'Running time that 95 of 100 completed ones did not pass, milliseconds.' }),
      meanWaitMs: t.exposeFloat('meanWaitMs', {
        nullable: true,
        description: 'Mean time from when they might start to when they first did, milliseconds; a delay that was asked for does not count.',
      }),
      p50WaitMs: t.exposeFloat('p50WaitMs', { nullable: true, description: 'Median of the waiting time, milliseconds.' }),
      p95WaitMs: t.exposeFloat('p95WaitMs', { nullable: true, description: 'Waiting time that 95 of 100 did not pass, milliseconds.' }),
      retries: t.exposeInt('retries', { description: 'Attempts beyond the first ones; a retry by a person is none, it begins anew.' }),
    }),
  })
}

function addParts(builder: Builder): void {
  builder.enumType('MetricsInterval', {
    description: 'Length of the spans of a series.',
    values: {
      HOUR: { value: 'hour', description: 'An hour; for the last seven days.' },
      DAY: { value: 'day', description: 'A day, UTC.' },
    },
  })
  builder.objectType('OperationEstimate', {
    description: 'How long operations of a type usually take, from those that completed lately.',
    fields: (t) => ({
      usualSeconds: t.int({ description: 'Half of them took so long at most.', resolve: ({ usualMs }) => Math.ceil(usualMs / 1_000) }),
      usualSecondsHigh: t.int({
        nullable: true,
        description: 'Nine of ten took so long at most; null until there is enough history to say.',
        resolve: ({ usualHighMs }) => seconds(usualHighMs),
      }),
    }),
  })
  builder.objectType('OperationTypeMetrics', {
    description: 'Figures of one type.',
    interfaces: ['OperationFigures'],
    fields: (t) => ({
      type: t.field({ type: 'OperationType', description: 'The type.', resolve: (metrics) => metrics.type }),
      estimate: t.field({
        type: 'OperationEstimate',
        nullable: true,
        description: "How long one takes lately, of everybody's; null until there is history.",
        resolve: ({ type }, _args, { services }) => services.engine.usualTime(type),
      }),
    }),
  })
  builder.objectType('OperationMetricsWindow', {
    description: 'Figures of one span of a series.',
    interfaces: ['OperationFigures'],
    fields: (t) => ({
      startsAt: t.expose('startsAt', { type: 'DateTime', description: 'Where it begins.' }),
      endsAt: t.expose('endsAt', { type: 'DateTime', description: 'Where it ends; this instant is not part of it.' }),
    }),
  })
  addMetrics(builder)
}

function addMetrics(builder: Builder): void {
  builder.objectType('OperationMetrics', {
    description: 'Figures of operations that ended in a window of time.',
    interfaces: ['OperationFigures'],
    fields: (t) => ({
      since: t.expose('since', {
        type: 'DateTime',
        description: 'Where the window begins: since, back to the edge of its hour, or of its day (UTC) where it is over a week ago.',
      }),
      until: t.expose('until', { type: 'DateTime', description: 'Where the window ends: until, on to the edge of its hour or day.' }),
      byType: t.field({
        type: ['OperationTypeMetrics'],
        description: 'The same by type, one entry each, of types of which something ended.',
        resolve: (metrics) => metrics.byType,
      }),
      windows: t.field({
        type: ['OperationMetricsWindow'],
        description: 'The same as a series without a hole, oldest first, at most 400 entries.',
        args: { every: t.arg({ type: 'MetricsInterval', defaultValue: 'day', description: 'Length of its spans.' }) },
        resolve: ({ query }, { every }, context) => series(context, query, every ?? 'day'),
      }),
    }),
  })
}

function series(context: Context, query: MetricsQuery, every: 'hour' | 'day'): Promise<readonly MetricsWindow[]> {
  const { engine, clock } = context.services
  const from = hourlyMetricsFromMs(clock.now())
  if (every === 'hour' && query.since.getTime() < from)
    checkInput((check) =>
      check.add('every', `expected DAY: figures by the hour are kept from ${new Date(from).toISOString()} on, and since is ${query.since.toISOString()}`),
    )
  return engine.metricsWindows(query, every)
}
