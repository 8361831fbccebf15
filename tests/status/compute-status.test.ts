import { describe, expect, test } from 'vitest'
import { NO_IMPACT } from '../../src/engine/definition.ts'
import type { GivenCause } from '../../src/status/cause.ts'
import { computeStatus, MOST_CAUSES } from '../../src/status/compute-status.ts'
import type { Effect } from '../../src/status/impact.ts'

const NOW = new Date('2030-01-01T00:00:00Z')
const SOON = new Date(NOW.getTime() + 90_000)
const LATER = new Date(NOW.getTime() + 600_000)

const cause = (title: string, impact: Partial<Effect>, until: Date | null = SOON, unknownBecause: string | null = null): GivenCause => ({
  type: 'EXTERNAL',
  title,
  until,
  unknownBecause,
  operation: null,
  window: null,
  impact: { ...NO_IMPACT, ...impact },
})
const DEGRADED = cause('Import', { level: 'degraded', warns: ['chat'] })
const MAINTENANCE = cause('Store connection', { level: 'maintenance', blocks: ['chat'] })
const CRITICAL = cause('Migration', { level: 'critical' })
const IDLE = cause('Report', {})

const statusOf = (causes: readonly ReturnType<typeof cause>[], isBusDegraded = false) => computeStatus({ causes, isBusDegraded, now: NOW })

describe('computeStatus', () => {
  test.each([
    ['nothing', [], false, ['operational', 'available', 'Everything works.']],
    ['an operation without impact', [IDLE], false, ['operational', 'available', 'Everything works.']],
    ['a degrading operation', [DEGRADED], false, ['degraded', 'warning', 'degraded: Import']],
    ['a blocking one', [MAINTENANCE, IDLE], false, ['maintenance', 'blocked', 'maintenance: Store connection']],
    ['both, the worse one wins', [DEGRADED, MAINTENANCE], false, ['maintenance', 'blocked', 'maintenance: Store connection']],
    ['a critical one that blocks nothing', [CRITICAL, DEGRADED], false, ['critical', 'read_only', 'critical: Migration']],
    ['a critical one beside a block', [MAINTENANCE, CRITICAL], false, ['critical', 'blocked', 'critical: Migration']],
    ['a block without a level', [cause('Sync', { blocks: ['chat'] })], false, ['maintenance', 'blocked', 'maintenance: Sync']],
    ['a warning without a level', [cause('Sync', { warns: ['chat'] })], false, ['degraded', 'warning', 'degraded: Sync']],
    ['the bus', [], true, ['degraded', 'available', 'degraded: bus (live updates may be a few seconds late until it is back)']],
    ['a feature that is left to be read', [cause('Stocktaking', { readOnly: ['chat'] })], false, ['maintenance', 'read_only', 'maintenance: Stocktaking']],
    [
      'the bus beside a block',
      [MAINTENANCE],
      true,
      ['maintenance', 'blocked', 'maintenance: Store connection; degraded: bus (live updates may be a few seconds late until it is back)'],
    ],
    ['an end that nobody knows', [cause('Sync', { level: 'degraded' }, null)], false, ['degraded', 'available', 'degraded: Sync; when it ends is not known']],
    ['many', ['a', 'b', 'c', 'd', 'a'].map((title) => cause(title, { level: 'degraded' })), false, ['degraded', 'available', 'degraded: a, b, c and 1 more']],
  ] as const)('%s', (_name, causes, isBusDegraded, [level, mode, message]) => {
    const status = statusOf(causes, isBusDegraded)
    expect([status.level, status.features[0]?.mode, status.message]).toEqual([level, mode, message])
    expect(status.observedAt).toBe(NOW)
  })

  test('lists what is behind it, most restrictive first, the bus without an operation', () => {
    const { causes } = statusOf([DEGRADED, IDLE, CRITICAL, MAINTENANCE], true)
    expect(causes.map(({ title, level }) => [title, level])).toEqual([
      ['Migration', 'critical'],
      ['Store connection', 'maintenance'],
      ['Import', 'degraded'],
      ['Live updates may be a few seconds late', 'degraded'],
    ])
    expect(causes.at(-1)).toMatchObject({ type: null, operation: null, until: null })
  })

  test('expects the end of the most restrictive effect when its last cause ends', () => {
    const later = cause('Longer', { level: 'maintenance', blocks: ['chat'] }, LATER)
    expect(statusOf([MAINTENANCE, later, cause('Import', { level: 'degraded' }, null)]).estimatedRestorationAt).toEqual(LATER)
    expect(statusOf([MAINTENANCE, cause('Unknown', { level: 'maintenance' }, null)]).estimatedRestorationAt).toBeNull()
    expect(statusOf([]).estimatedRestorationAt).toBeNull()
    expect(statusOf([], true).estimatedRestorationAt).toBeNull()
  })

  test('explains a feature: why, until when, and when to try again', () => {
    expect(statusOf([DEGRADED, MAINTENANCE]).features.slice(0, 1)).toMatchObject([
      {
        feature: 'chat',
        allowed: false,
        reason: 'Blocked by: Store connection.',
        until: SOON,
        retryAfterSeconds: 90,
        causes: [{ title: 'Store connection' }, { title: 'Import' }],
      },
    ])
    expect(statusOf([DEGRADED]).features.slice(0, 1)).toMatchObject([
      { allowed: true, reason: 'It may be affected by: Import.', until: SOON, retryAfterSeconds: null },
    ])
    const overdue = cause('Slow', { blocks: ['chat'] }, new Date(NOW.getTime() - 5_000))
    expect(statusOf([overdue]).features[0]).toMatchObject({
      until: null,
      retryAfterSeconds: null,
      reason: 'Blocked by: Slow; when it ends is not known (it takes longer than usual).',
    })
    expect(statusOf([cause('Quick', { blocks: ['chat'] }, new Date(NOW.getTime() + 1))]).features[0]).toMatchObject({ retryAfterSeconds: 1 })
    const available = { mode: 'available', allowed: true, reason: null, until: null, retryAfterSeconds: null, causes: [] }
    expect(statusOf([]).features).toEqual([
      { feature: 'chat', ...available },
      { feature: 'api', ...available },
    ])
  })

  test('says why an end is unknown, and of what where there are several', () => {
    const paused = cause('Sync', { blocks: ['chat'] }, null, 'it is paused')
    expect(statusOf([paused]).message).toBe('maintenance: Sync; when it ends is not known (it is paused)')
    expect(statusOf([MAINTENANCE, paused]).features[0]?.reason).toBe('Blocked by: Store connection, Sync; when it ends is not known (Sync: it is paused).')
  })

  test('rounds an end up to whole seconds', () => {
    const end = statusOf([cause('Sync', { blocks: ['chat'] }, new Date(NOW.getTime() + 1_001))])
    expect(end.estimatedRestorationAt).toEqual(new Date(NOW.getTime() + 2_000))
    expect(end.features[0]?.retryAfterSeconds).toBe(2)
  })

  test('shows the most restrictive of very many, and weighs them all', () => {
    const many = Array.from({ length: MOST_CAUSES }, (_, index) => cause(`C${index}`, { level: 'critical' }))
    const { causes, features } = statusOf([...many, MAINTENANCE])
    expect([causes.length, features[0]?.mode, features[0]?.causes[0]?.title]).toEqual([MOST_CAUSES, 'blocked', 'Store connection'])
  })
})
