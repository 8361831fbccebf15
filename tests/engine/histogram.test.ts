import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf, countOf, type Histogram, mergeHistograms, quantileOf, RELATIVE_ERROR } from '../../src/engine/histogram.ts'

const histogramOf = (values: readonly number[]): Histogram => mergeHistograms(values.map((value) => new Map([[bucketOf(value), 1]])))
const exactQuantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor(share * (values.length - 1))] as number

/** From less than a millisecond to a month, each order of magnitude as likely. */
const duration = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9_999 })).map(([power, part]) => Math.floor((10 ** power * part) / 10_000))
const share = fc.constantFrom(0, 0.1, 0.5, 0.9, 0.95, 0.99, 1)
/** Of the logarithm, at the edges of buckets. */
const ROUNDING = 1e-9

describe('a histogram', () => {
  test('gives every quantile within its relative error', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), share, (values, wanted) => {
        const exact = exactQuantile(values, wanted)
        const read = quantileOf(histogramOf(values), wanted) as number
        expect(Math.abs(read - exact)).toBeLessThanOrEqual(exact * (RELATIVE_ERROR + ROUNDING))
      }),
    )
  })

  test('says the same whether values were added one by one or in parts that were merged in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(duration, { maxLength: 30 }), { maxLength: 6 }), share, (parts, wanted) => {
        const whole = histogramOf(parts.flat())
        const merged = mergeHistograms(parts.toReversed().map(histogramOf))
        expect(merged).toEqual(whole)
        expect(quantileOf(merged, wanted)).toBe(quantileOf(whole, wanted))
        expect(countOf(merged)).toBe(parts.flat().length)
      }),
    )
  })

  test('keeps a month of milliseconds in some hundred buckets, and knows nothing of no values', () => {
    expect(bucketOf(31 * 86_400_000)).toBeLessThan(440)
    expect(quantileOf(new Map(), 0.5)).toBeNull()
    expect(quantileOf(histogramOf([0, 0, 0]), 0.9)).toBe(0)
  })
})
