import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDuration } from '../../src/base/duration.ts'
import { canonicalJson, fingerprint, jsonDepth } from '../../src/base/json.ts'
import { RingBuffer } from '../../src/base/ring-buffer.ts'

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['', '10', 's', '-5s', '1 s', '5 minutes', '1e3s', '10S'])('refuses %j and says what it expected', (text) => {
    expect(() => parseDuration(text)).toThrow('expected a duration such as 250ms')
  })
})

describe('canonicalJson', () => {
  test('is the same for equal values in any order of keys, and reads back as the value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed())
        expect(canonicalJson(reversed)).toBe(canonicalJson(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('leaves out what is undefined, as JSON does', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, 1], at: new Date(0) })).toBe('{"a":[null,1],"at":"1970-01-01T00:00:00.000Z"}')
  })
})

describe('fingerprint', () => {
  test('tells values apart and knows equal ones', () => {
    expect(fingerprint({ a: 1, b: 2 })).toBe(fingerprint({ b: 2, a: 1 }))
    expect(fingerprint({ a: 1 })).not.toBe(fingerprint({ a: '1' }))
  })
})

describe('jsonDepth', () => {
  test('counts nested arrays and objects', () => {
    expect([1, 'x', null, [], { a: [{}] }].map((value) => jsonDepth(value))).toEqual([0, 0, 0, 1, 3])
  })

  test('does not overflow on hostile nesting, and stops at its limit', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
    expect(jsonDepth(deep)).toBe(100_000)
    expect(jsonDepth(deep, 50)).toBe(51)
  })
})

describe('RingBuffer', () => {
  test('holds the last values, oldest first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer(), { maxLength: 100 }), (capacity, values) => {
        const ring = new RingBuffer<number>(capacity)
        for (const value of values) ring.push(value)
        expect(Array.from({ length: ring.size }, (_, index) => ring.at(index))).toEqual(values.slice(-capacity))
        expect([ring.at(-1), ring.at(ring.size)]).toEqual([undefined, undefined])
      }),
    )
  })

  test('starts anew after clear', () => {
    const ring = new RingBuffer<number>(2)
    for (const value of [1, 2, 3]) ring.push(value)
    ring.clear()
    ring.push(4)
    expect([ring.size, ring.at(0), ring.at(1)]).toEqual([1, 4, undefined])
  })
})
