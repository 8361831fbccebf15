import { describe, expect, test } from 'vitest'
import { isWorthALine, type ProgressShown, progressLine, progressText } from '../../src/demo/progress-line.ts'
import { Screen } from '../../src/demo/screen.ts'
import { eventText, resultText } from '../../src/demo/texts.ts'

const progress = (over: Partial<ProgressShown> = {}): ProgressShown => ({
  state: 'RUNNING',
  done: 4_200,
  total: 18_000,
  percentage: 23.3,
  unit: 'rows',
  remainingSeconds: 170,
  ...over,
})

describe('progressText', () => {
  test('says how much, how far and how long', () => {
    expect(progressText(progress())).toBe('4,200 of 18,000 rows · 23 % · about 3 min left')
    expect(progressText(progress({ remainingSeconds: 2 }))).toBe('4,200 of 18,000 rows · 23 % · about 2 s left')
  })

  test('leaves out what is unknown, and says a state other than running', () => {
    expect(progressText(progress({ total: null, percentage: null, remainingSeconds: null }))).toBe('4,200 rows')
    expect(progressText(progress({ state: 'PAUSED' }))).toBe('4,200 of 18,000 rows · 23 % · paused')
  })
})

test('the bar never wraps, because it could not be drawn over then', () => {
  expect(progressLine(progress(), 40)).toHaveLength(39)
  expect(progressLine(progress({ percentage: 0 }), 80)).toContain('░░░░')
  expect(progressLine(progress({ percentage: 100 }), 80)).not.toContain('░')
})

test('a log gets a line for a new state and for each so many percent', () => {
  expect(isWorthALine(undefined, progress(), 10)).toBe(true)
  expect(isWorthALine(progress({ percentage: 21 }), progress({ percentage: 29 }), 10)).toBe(false)
  expect(isWorthALine(progress({ percentage: 29 }), progress({ percentage: 30 }), 10)).toBe(true)
  expect(isWorthALine(progress(), progress({ state: 'PAUSING' }), 10)).toBe(true)
})

test('in a terminal a line that stays goes above the bar', () => {
  const written: string[] = []
  const screen = new Screen({ write: (text) => written.push(text), isTerminal: true, columns: () => 80 })
  screen.show(progress())
  screen.say('a line')
  expect(written.at(-2)).toBe('\r\x1b[2Ka line\n')
  expect(written.at(-1)).toContain('4,200 of 18,000 rows')
})

describe('resultText', () => {
  const finished = { state: 'COMPLETED', version: 9, failure: null, batch: { rejectedCsvUrl: '/downloads/rejected-rows/x.csv' } }

  test('shows exact sums, and where the rejected rows are', () => {
    const totals = [
      { currency: 'ARS', amount: '1207315736.42', count: 10_713 },
      { currency: 'EUR', amount: '-99.50', count: 1 },
    ]
    const lines = resultText({ ...finished, result: { accepted: 17_838, rejected: 162, durationMs: 3_442, totals } }, 'http://127.0.0.1:4000')
    expect(lines).toEqual([
      '',
      'Done in 3.4 s: 17,838 rows accepted, 162 rejected.',
      '  ARS  1,207,315,736.42  in 10,713 rows',
      '  EUR            -99.50  in 1 rows',
      'Rejected rows, as CSV: http://127.0.0.1:4000/downloads/rejected-rows/x.csv',
    ])
  })

  test('says why there is no result', () => {
    expect(resultText({ ...finished, state: 'FAILED', failure: { code: 'BAD_FILE', message: 'no rows' }, result: null, batch: null }, 'http://x')).toEqual([
      'The import failed: no rows (BAD_FILE).',
    ])
    expect(resultText({ ...finished, state: 'CANCELED', result: null, batch: null }, 'http://x')[0]).toContain('canceled')
  })
})

test('events are shown with their number and what they are about', () => {
  expect(eventText({ seq: 3, type: 'STEP_STARTED', data: { step: 'check' } })).toBe('  #3   step started: check')
  expect(eventText({ seq: 12, type: 'MILESTONE', data: { percentage: 25, done: 4_500 } })).toBe('  #12  milestone: 25 %')
})
