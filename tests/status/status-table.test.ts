import { describe, expect, test } from 'vitest'
import { mayRead } from '../../src/auth/access.ts'
import { createViewer, type Viewer } from '../../src/auth/viewer.ts'
import { ROLES, type Role } from '../../src/base/actor.ts'
import { IMPACT_SCOPES, type Impact, type ImpactScope, SYSTEM_LEVELS, type SystemLevel } from '../../src/engine/definition.ts'
import { externalOperation } from '../../src/engine/external.ts'
import { viewProgress } from '../../src/engine/progress.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import { Registry } from '../../src/engine/registry.ts'
import { audienceOf, audiencesOf } from '../../src/status/audience.ts'
import { statusOf } from '../../src/status/effects.ts'

/**
 * Status and access for all combinations of up to three impacts, whomever they reach and whose they are, for every role, against rules that
 * are written out here in another way than in the code.
 */
const NOW = Date.parse('2030-01-01T00:00:00Z')
const RELATIONS = ['own', 'same tenant', 'other tenant'] as const
type Relation = (typeof RELATIONS)[number]

interface Work {
  readonly level: SystemLevel
  readonly blocks: boolean
  readonly warns: boolean
  readonly scope: ImpactScope
  readonly relation: Relation
}

const both = [false, true]
const WORKS: readonly Work[] = SYSTEM_LEVELS.flatMap((level) =>
  both.flatMap((blocks) =>
    both.flatMap((warns) => IMPACT_SCOPES.flatMap((scope) => RELATIONS.map((relation): Work => ({ level, blocks, warns, scope, relation })))),
  ),
)

const OWNERS: Readonly<Record<Relation, readonly [ownerId: string, tenantId: string]>> = {
  own: ['me', 'acme'],
  'same tenant': ['colleague', 'acme'],
  'other tenant': ['stranger', 'other'],
}

function recordOf({ level, blocks, warns, scope, relation }: Work): OperationRecord {
  const [ownerId, tenantId] = OWNERS[relation]
  const impact: Impact = { level, blocks: blocks ? ['chat'] : [], warns: warns ? ['chat'] : [], scope }
  return {
    id: '',
    type: 'EXTERNAL',
    title: 'Work',
    state: 'running',
    stateReason: null,
    priority: 'medium',
    ownerId,
    tenantId,
    createdBy: { kind: 'service', id: 'sync' },
    input: {},
    result: null,
    failure: null,
    impact,
    version: 1,
    attempt: 1,
    maxAttempts: 1,
    nextAttemptAt: null,
    deadlineAt: null,
    createdAt: new Date(NOW),
    runAt: new Date(NOW),
    startedAt: new Date(NOW),
    finishedAt: null,
    updatedAt: new Date(NOW),
    workedMs: 0,
    leaseToken: null,
    hidden: false,
    itemized: false,
    steps: [],
    progress: {
      revision: 0,
      total: null,
      succeeded: 0,
      failed: 0,
      skipped: 0,
      unit: 'items',
      message: null,
      ratePerSecond: null,
      movedAt: new Date(NOW),
      updatedAt: new Date(NOW),
    },
  }
}

const RECORDS = new Map(WORKS.map((work) => [work, recordOf(work)]))
const registry = new Registry([externalOperation])
// All have made the same progress: none.
const progress = viewProgress(recordOf(WORKS[0] as Work), { definition: externalOperation, history: undefined, now: NOW })
const engine = { registry, progressOf: () => progress }

/** Of three together, whose they are is told apart only where it can matter: whether they reach the viewer, and whether the viewer may see them. */
const TELLING = WORKS.filter(({ scope, relation }) => (scope === 'owner' ? relation !== 'other tenant' : scope === 'tenant' || relation !== 'same tenant'))

/** What the product computes. */
function computed(works: readonly Work[], viewer: Viewer): string {
  const operations = new Map<string, OperationRecord[]>()
  for (const work of works) {
    const record = RECORDS.get(work) as OperationRecord
    const audience = audienceOf(record)
    operations.set(audience, [...(operations.get(audience) ?? []), record])
  }
  const isVisible = ({ ownerId, createdBy, tenantId }: OperationRecord) => mayRead(viewer, { ownerId, createdById: createdBy.id, tenantId }).allowed
  const status = statusOf({
    engine,
    effects: { nowMs: NOW, operations, windows: [] },
    audiences: audiencesOf({ userId: viewer.id, tenantId: viewer.tenantId }),
    sight: { isVisible },
    isBusDegraded: false,
  })
  const [chat, api] = status.features
  const shown = status.causes.filter(({ operation }) => operation !== null).length
  return [status.level, chat?.mode, chat?.allowed, api?.mode, api?.allowed, status.causes.length, shown].join(' ')
}

/** What it should be, in words of the requirement: the most restrictive of what reaches the viewer wins. */
function expected(works: readonly Work[], role: Role): string {
  const reaching = works.filter(({ scope, relation }) => {
    if (scope === 'everybody') return true
    return scope === 'tenant' ? relation !== 'other tenant' : relation === 'own'
  })
  const felt = reaching.filter(({ level, blocks, warns }) => blocks || warns || level !== 'operational')
  const isCritical = felt.some(({ level }) => level === 'critical')
  const isBlocked = felt.some(({ blocks }) => blocks)
  const isWarned = felt.some(({ warns }) => warns)
  const level = isCritical
    ? 'critical'
    : isBlocked || felt.some((work) => work.level === 'maintenance')
      ? 'maintenance'
      : felt.length > 0
        ? 'degraded'
        : 'operational'
  const chat = isBlocked ? 'blocked' : isCritical ? 'read_only' : isWarned ? 'warning' : 'available'
  const seen = felt.filter(({ relation }) => role === 'ADMIN' || relation === 'own').length
  return [level, chat, !isBlocked && !isCritical, isCritical ? 'read_only' : 'available', !isCritical, felt.length, seen].join(' ')
}

describe('status and access', () => {
  test.each(ROLES)('follow the rules for all combinations of up to three impacts, scopes and owners, for %s', (role) => {
    const viewer = createViewer({ id: 'me', roles: [role], tenantId: 'acme' })
    let count = 0
    const check = (...works: readonly Work[]) => {
      count += 1
      const [is, should] = [computed(works, viewer), expected(works, role)]
      if (is !== should) throw new Error(`${JSON.stringify(works)}: expected ${should}, got ${is}`)
    }
    check()
    for (const [first, one] of WORKS.entries()) {
      check(one)
      for (const two of WORKS.slice(first)) check(one, two)
    }
    for (const [first, one] of TELLING.entries()) {
      for (const [second, two] of TELLING.slice(first).entries()) {
        for (const three of TELLING.slice(first + second)) check(one, two, three)
      }
    }
    // So many of one, of two and of three, in any order, repetitions included.
    expect(count).toBe(1 + 144 + 10_440 + 240_464)
  })
})
