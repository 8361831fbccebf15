import { describe, expect, test } from 'vitest'
import { externalOperation } from '../../src/engine/external.ts'
import type { OperationState } from '../../src/engine/lifecycle.ts'
import { viewProgress } from '../../src/engine/progress.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import { type ExpectedEnd, expectedEnd, fromNow } from '../../src/status/expected-end.ts'
import { isSameEnd } from '../../src/status/live/same-status.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')
const at = (seconds: number): Date => new Date(NOW + seconds * 1_000)

/** Work of the server's own, which has an estimate of a minute. */
const WORK = { ...externalOperation, type: 'WORK', run: () => Promise.resolve({}) }

/** Of a type that usually takes a minute. */
function endOf(
  state: OperationState,
  more: Partial<Pick<OperationRecord, 'runAt' | 'startedAt' | 'nextAttemptAt' | 'workedMs'>> = {},
  progress: object = {},
): ExpectedEnd {
  const record = {
    type: WORK.type,
    input: {},
    state,
    runAt: at(-100),
    startedAt: null,
    nextAttemptAt: null,
    workedMs: 0,
    progress: { total: null, succeeded: 0, failed: 0, skipped: 0, ratePerSecond: null, movedAt: at(-100), updatedAt: at(-100), ...progress },
    ...more,
  } as OperationRecord
  return expectedEnd(record, viewProgress(record, { definition: WORK, history: undefined, now: NOW }), NOW)
}

const unknown = (unknownBecause: string): ExpectedEnd => ({ until: null, unknownBecause })
const known = (seconds: number): ExpectedEnd => ({ until: at(seconds), unknownBecause: null })

describe('expectedEnd', () => {
  test.each<[string, ExpectedEnd, ExpectedEnd]>([
    ['of what runs, by what its type usually takes', endOf('running', { startedAt: at(-20) }), known(40)],
    ['of what runs, by its rate', endOf('running', { startedAt: at(-20) }, { total: 100, succeeded: 50, ratePerSecond: 5 }), known(10)],
    ['of what takes longer than usual', endOf('running', { startedAt: at(-61) }), unknown('it takes longer than usual')],
    ['of what waits for its turn', endOf('queued'), known(60)],
    ['of what waits for its time', endOf('queued', { runAt: at(30) }), known(90)],
    ['of what was interrupted and waits', endOf('queued', { workedMs: 25_000 }), known(35)],
    ['of what waits for its next attempt', endOf('retrying', { nextAttemptAt: at(15), workedMs: 10_000 }), known(65)],
    ['of what is paused', endOf('paused'), unknown('it is paused')],
    ['of what is about to be', endOf('pausing', { startedAt: at(-1) }), unknown('it is about to be paused')],
    ['of what is being canceled', endOf('canceling'), unknown('it is being canceled')],
  ])('%s', (_what, is, should) => {
    expect(is).toEqual(should)
  })

  test('is a whole second, rounded up, and never past', () => {
    expect(fromNow({ until: new Date(NOW + 1), unknownBecause: null }, NOW)).toEqual(known(1))
    expect(fromNow(known(0), NOW)).toEqual(unknown('it takes longer than usual'))
    expect(fromNow(unknown('it is paused'), NOW)).toEqual(unknown('it is paused'))
  })
})

describe('an expected end is news', () => {
  test.each<[string, ExpectedEnd, ExpectedEnd, boolean]>([
    ['not when it moves by a few seconds', known(20), known(25), true],
    ['when it moves by more', known(20), known(26), false],
    ['not when it moves by less than a tenth of what is left', known(300), known(325), true],
    ['when it moves by more than that', known(300), known(340), false],
    ['when it moves by more than a minute, however much is left', known(36_000), known(36_061), false],
    ['when it becomes known', unknown('it is paused'), known(20), false],
    ['when it has passed', known(-1), known(2), false],
    ['when the reason changes', unknown('it is paused'), unknown('it is being canceled'), false],
    ['not when nothing changes', unknown('it is paused'), unknown('it is paused'), true],
  ])('%s', (_what, one, other, isSame) => {
    expect(isSameEnd(one, other, NOW)).toBe(isSame)
  })
})
