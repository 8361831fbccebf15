import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../src/base/backoff.ts'

const backoffs = fc.record({
  baseMs: fc.integer({ min: 1, max: 60_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  capMs: fc.integer({ min: 1, max: 3_600_000 }),
})
/** What `random` may give. */
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('backoffMs', () => {
  test('is a whole number between 0 and the cap, and below the exponential ceiling, after any number of failures', () => {
    fc.assert(
      fc.property(backoffs, fc.integer({ min: 0, max: 10_000 }), draws, (backoff, failures, draw) => {
        const wait = backoffMs(backoff, failures, () => draw)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(backoff.capMs)
        expect(wait).toBeLessThanOrEqual(backoff.baseMs * backoff.factor ** Math.max(0, failures - 1))
      }),
    )
  })

  test('grows with the failures until the cap', () => {
    const backoff = { baseMs: 100, factor: 2, capMs: 1_000 }
    expect([1, 2, 3, 4, 5, 6].map((failures) => backoffMs(backoff, failures, () => 0.999_999))).toEqual([99, 199, 399, 799, 999, 999])
  })
})
