import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromCursor, toCursor } from '../../src/events/cursor.ts'

describe('cursors', () => {
  test('survive the way to text and back', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(2_147_483_647), (stream, seq) => {
        const text = toCursor({ stream, seq })
        expect(text).toMatch(/^[\w-]{28}$/)
        expect(fromCursor(text)).toEqual({ stream, seq })
      }),
    )
  })

  test('are undefined for any other text', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        (text) => fromCursor(text) === undefined || toCursor(fromCursor(text) as { stream: string; seq: number }) === text,
      ),
    )
    const cursor = toCursor({ stream: '0190a5b0-0000-7000-8000-000000000000', seq: 4_000_000_000 })
    expect([fromCursor(''), fromCursor(cursor), fromCursor(`${cursor}A`), fromCursor(cursor.replace(/^./, 'Z')), fromCursor('é'.repeat(28))]).toEqual(
      Array(5).fill(undefined),
    )
  })
})
