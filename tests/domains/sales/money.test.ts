import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAmount, isCurrency, isTooLarge, minorDigits, parseAmount } from '../../../src/domains/sales/money.ts'

describe('digits of a currency', () => {
  test.each([
    ['USD', 2],
    ['ARS', 2],
    ['JPY', 0],
    ['CLP', 0],
    ['KWD', 3],
    // Where `Intl` would say none.
    ['COP', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['IQD', 3],
  ])('%s: %i', (currency, digits) => {
    expect([isCurrency(currency), minorDigits(currency)]).toEqual([true, digits])
  })

  test.each(['usd', 'US', 'DOLLAR', '', 'ZZZ', 'constructor'])('%j is no currency', (text) => expect(isCurrency(text)).toBe(false))
})

describe('parseAmount', () => {
  test.each([
    ['12.50', 2, 1_250n],
    ['12.5', 2, 1_250n],
    ['12', 2, 1_200n],
    ['0', 2, 0n],
    ['007.10', 2, 710n],
    ['1200', 0, 1_200n],
    ['1.234', 3, 1_234n],
    ['999999999999.99', 2, 99_999_999_999_999n],
  ])('%s with %i digits is %s', (text, digits, minor) => expect(parseAmount(text, digits)).toBe(minor))

  test.each([
    ['12.505', 2],
    ['12.0', 0],
    ['-1', 2],
    ['+1', 2],
    ['', 2],
    ['.5', 2],
    ['5.', 2],
    ['1,5', 2],
    ['1e3', 2],
    ['NaN', 2],
    ['Infinity', 2],
    [' 1', 2],
    ['1\n', 2],
    ['0x10', 2],
    ['٣', 2],
    ['1000000000000', 2],
  ])('refuses %j with %i digits', (text, digits) => expect(parseAmount(text, digits)).toBeUndefined())

  test('and formatAmount are each other’s reverse, and never lose a minor unit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.constantFrom(0, 2, 3), (minor, digits) => {
        fc.pre(!isTooLarge(minor, digits))
        const text = formatAmount(minor, digits)
        expect(parseAmount(text, digits)).toBe(minor)
        expect(text).toMatch(digits === 0 ? /^(0|[1-9]\d*)$/ : new RegExp(`^(0|[1-9]\\d*)\\.\\d{${digits}}$`))
      }),
    )
  })

  test('takes exactly the decimals that a currency can have', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), fc.nat(9_999), fc.integer({ min: 0, max: 4 }), fc.constantFrom(0, 2, 3), (whole, fraction, places, digits) => {
        const decimals = places === 0 ? '' : `.${String(fraction).padStart(places, '0').slice(0, places)}`
        const expected = places > digits ? undefined : BigInt(`${whole}${decimals.slice(1).padEnd(digits, '0')}`)
        expect(parseAmount(`${whole}${decimals}`, digits)).toBe(expected)
      }),
    )
  })
})
