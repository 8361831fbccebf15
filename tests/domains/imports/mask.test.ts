import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskCard, maskDigits, quoteFound } from '../../../src/domains/imports/mask.ts'

const RUN = /\d(?:[ -]?\d){12,}/

describe('maskDigits', () => {
  test.each([
    ['4111111111111111', '************1111'],
    ['pago 4111 1111 1111 1111 ok', 'pago **** **** **** 1111 ok'],
    ['4111-1111-1111-1111', '****-****-****-1111'],
    ['4222222222222', '*********2222'],
    ['12345678901234567890123', '*******************0123'],
    ['411111111111', '411111111111'],
    ['REF-00012345', 'REF-00012345'],
    ['４１１１１１１１１１１１１１１１', '************１１１１'],
  ])('%s becomes %s', (text, masked) => {
    expect(maskDigits(text)).toBe(masked)
  })
  test('no run of 13 or more digits survives, whatever stands around it', () => {
    const piece = fc.oneof(
      fc.stringMatching(/^[0-9]{1,24}$/),
      fc.stringMatching(/^([0-9]{4}[ -]){2,5}[0-9]{1,4}$/),
      fc.string(),
      fc.constantFrom(' ', '-', '*', '/'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('')
        expect(maskDigits(text)).not.toMatch(RUN)
        expect(maskCard(text)).not.toMatch(RUN)
        expect(quoteFound(text)).not.toMatch(RUN)
        expect(maskDigits(maskDigits(text))).toBe(maskDigits(text))
      }),
      { numRuns: 1_000 },
    )
  })
  test('a very long run takes linear time', () => {
    expect(maskDigits('1'.repeat(64_000))).toHaveLength(64_000)
  })
})

test('maskCard leaves four digits of anything that is meant to be a card number', () => {
  expect(maskCard('411111111111')).toBe('********1111')
  expect(maskCard('4111 1111')).toBe('**** 1111')
  expect(maskCard('*1234')).toBe('*1234')
})

test('quoteFound is short and in one line', () => {
  expect(quoteFound('  ')).toBe('nothing')
  expect(quoteFound('a\n b')).toBe('a b')
  expect(quoteFound('x'.repeat(500))).toHaveLength(61)
})
