import { describe, expect, test } from 'vitest'
import { toCursor } from '../../src/events/cursor.ts'
import { seededRandom } from './random.ts'
import { FollowedEvents } from './storm/followed-events.ts'
import { codesOf, Journal, ORDERLY, STORMY } from './storm/journal.ts'
import { LatestStates } from './storm/latest-states.ts'
import { FAULT_KINDS, parseStormOptions, rerunCommand } from './storm/options.ts'
import { planFaults, planOperations } from './storm/plans.ts'
import { flawsOf } from './storm/story-log.ts'

/** A storm that finds nothing proves nothing unless it would have found something. */
const stream = '01938c2f-0000-7000-8000-000000000001'
const LOG = ['QUEUED', 'STARTED', 'COMPLETED'].map((type, index) => ({ seq: index + 1, type, data: {} }))
const cursor = toCursor({ stream, seq: 0 })

function follow(seqs: readonly number[], { isOver = true, fromSnapshot = false } = {}): readonly string[] {
  const violations: string[] = []
  const followed = new FollowedEvents({ operationId: 'o', after: fromSnapshot ? undefined : cursor, who: 'ana', violate: (text) => violations.push(text) })
  if (fromSnapshot) followed.take({ __typename: 'OperationSnapshot', cursor, operation: { version: 1 } })
  for (const seq of seqs) followed.take({ __typename: 'OperationEvent', cursor, seq, type: LOG[seq - 1]?.type ?? '?', data: {} })
  if (isOver) followed.end()
  followed.check(LOG)
  return violations
}

describe('what a subscriber of events holds', () => {
  test('is good when it is all that followed its beginning', () => {
    expect(follow([1, 2, 3])).toEqual([])
    expect(follow([2, 3], { fromSnapshot: true })).toEqual([])
  })

  test.each([
    ['a hole', [1, 3], {}],
    ['a repeat', [1, 2, 2, 3], {}],
    ['a missing end', [1, 2], {}],
    ['a subscription that never ends', [1, 2, 3], { isOver: false }],
    ['events that were already part of the snapshot', [1, 2, 3], { fromSnapshot: true }],
  ])('is not with %s', (_what, seqs, options) => {
    expect(follow(seqs, options)).not.toEqual([])
  })
})

test('a log with a hole, without an end or with two is flawed', () => {
  const operation = { id: 'o', state: 'COMPLETED', version: 3, events: LOG }
  expect(flawsOf(operation)).toEqual([])
  expect(flawsOf({ ...operation, version: 4 })).toHaveLength(1)
  expect(flawsOf({ ...operation, state: 'RUNNING' })).toHaveLength(1)
  expect(flawsOf({ ...operation, version: 4, events: [...LOG, { seq: 4, type: 'COMPLETED', data: {} }] })).toHaveLength(1)
})

test('a latest state that goes back, or ends as something else, is a violation', () => {
  const seen = (frames: readonly (readonly [version: number, revision: number, connection: number])[]) => {
    const violations: string[] = []
    const states = new LatestStates('ana', (text) => violations.push(text))
    for (const [version, revision, connection] of frames) {
      states.take({ id: 'o', state: version < 3 ? 'RUNNING' : 'COMPLETED', done: version >= 3, version, progress: { revision } }, connection)
    }
    states.check(() => ({ state: 'COMPLETED', version: 3 }))
    return violations
  }
  expect(
    seen([
      [1, 1, 1],
      [2, 5, 1],
      [2, 4, 2],
      [3, 5, 2],
    ]),
  ).toEqual([])
  expect(
    seen([
      [2, 1, 1],
      [1, 1, 2],
      [3, 1, 2],
    ]),
  ).toHaveLength(1)
  expect(
    seen([
      [1, 2, 1],
      [1, 1, 1],
    ]),
  ).toHaveLength(1)
  expect(seen([[4, 1, 1]])).toHaveLength(1)
})

test('a client may be told to try again, and nothing else', () => {
  const stormy = new Journal(STORMY)
  expect(stormy.refused('ana', ['UNAVAILABLE'], [])).toBe(true)
  stormy.closed('ana', 1012)
  expect(stormy.violations).toEqual([])
  expect(stormy.refused('ana', codesOf([{ extensions: { code: 'INTERNAL' } }]), [])).toBe(false)
  expect(stormy.refused('ana', codesOf([{ message: 'no code' }]), [])).toBe(false)
  stormy.closed('ana', 4500)
  expect(stormy.violations).toHaveLength(3)
  const orderly = new Journal(ORDERLY)
  expect(orderly.refused('ana', codesOf(new TypeError('fetch failed')), undefined)).toBe(false)
  orderly.closed('ana', 1006)
  expect(orderly.violations).toHaveLength(2)
})

test('the same seed gives the same storm', () => {
  const options = parseStormOptions(['--seed', '7', '--operations', '50', '--faults', '12'])
  const plan = () => {
    const random = seededRandom(options.seed)
    return { faults: planFaults(random, options), operations: planOperations(random, options, 4) }
  }
  expect(plan()).toEqual(plan())
  const { faults } = plan()
  for (const kind of FAULT_KINDS) expect(faults.filter((fault) => fault.kind === kind)).toHaveLength(2)
  expect(faults.map(({ atOperation }) => atOperation)).toEqual(faults.map(({ atOperation }) => atOperation).toSorted((left, right) => left - right))
  expect(faults.every(({ atOperation }) => atOperation < options.operations)).toBe(true)
  expect(parseStormOptions(rerunCommand(options).split(' ').slice(4))).toEqual(options)
  expect(() => parseStormOptions(['--faults', 'many'])).toThrow('expected --faults to be a whole number')
})
