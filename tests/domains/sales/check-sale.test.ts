import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../../src/base/errors.ts'
import { checkChange, checkPaymentReference, checkReason, checkSale, SALE_LIMITS } from '../../../src/domains/sales/check-sale.ts'
import type { SaleLine } from '../../../src/domains/sales/records.ts'
import { wish } from './sales-world.ts'

const line = (more: Partial<SaleLine> = {}): SaleLine => ({ sku: 'A', name: 'A thing', quantity: 1, unitPrice: '1', ...more })

/** Paths of what is refused. */
function issuesOf(check: () => unknown): readonly string[] {
  try {
    check()
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return error.issues.map(({ path, message }) => (message.startsWith('expected ') ? path : `${path}: ${message}`))
  }
}

describe('checkSale', () => {
  test('answers texts without blanks around them, prices in their one form, and the sum', () => {
    const lines = [line({ quantity: 3, unitPrice: '0.1' }), line({ sku: ' B ', quantity: 2, unitPrice: '10' })]
    expect(checkSale(wish(' R-1 ', { customer: ' Ana ', lines }))).toEqual({
      content: {
        reference: 'R-1',
        customer: 'Ana',
        channel: 'online',
        currency: 'USD',
        lines: [
          { sku: 'A', name: 'A thing', quantity: 3, unitPrice: '0.10' },
          { sku: 'B', name: 'A thing', quantity: 2, unitPrice: '10.00' },
        ],
      },
      total: '20.30',
    })
  })

  test.each([
    ['JPY', '1200', '2400'],
    ['KWD', '1.25', '2.500'],
    ['USD', '0.01', '0.02'],
    ['COP', '12500.5', '25001.00'],
  ])('keeps the digits of %s', (currency, unitPrice, total) => {
    expect(checkSale(wish('R', { currency, lines: [line({ quantity: 2, unitPrice })] })).total).toBe(total)
  })

  test.each([
    ['no reference', { reference: '  ' }, ['input.reference']],
    ['a long reference', { reference: 'x'.repeat(SALE_LIMITS.reference + 1) }, ['input.reference']],
    ['a control character', { customer: 'Ana\u0000' }, ['input.customer']],
    ['half a surrogate pair', { customer: 'Ana \uD800' }, ['input.customer']],
    ['a second line', { customer: 'Ana\nBob' }, ['input.customer']],
    ['an unknown currency', { currency: 'BTC' }, ['input.currency']],
    ['a currency in lower case', { currency: 'usd' }, ['input.currency']],
    ['no lines', { lines: [] }, ['input.lines']],
    ['too many lines', { lines: Array.from({ length: SALE_LIMITS.lines + 1 }, () => line()) }, ['input.lines']],
    ['a quantity of none', { lines: [line(), line(), line({ quantity: 0 })] }, ['input.lines.2.quantity']],
    ['a quantity below none', { lines: [line({ quantity: -1 })] }, ['input.lines.0.quantity']],
    ['half a thing', { lines: [line({ quantity: 0.5 })] }, ['input.lines.0.quantity']],
    ['a huge quantity', { lines: [line({ quantity: SALE_LIMITS.quantity + 1 })] }, ['input.lines.0.quantity']],
    ['a negative price', { lines: [line({ unitPrice: '-1' })] }, ['input.lines.0.unitPrice']],
    ['a price in words', { lines: [line({ unitPrice: 'ten' })] }, ['input.lines.0.unitPrice']],
    ['too many decimals', { lines: [line({ unitPrice: '1.001' })] }, ['input.lines.0.unitPrice']],
    ['decimals where there are none', { currency: 'JPY', lines: [line({ unitPrice: '1.5' })] }, ['input.lines.0.unitPrice']],
    ['a total that is too large', { lines: [line({ unitPrice: '999999999999', quantity: 2 })] }, ['input.lines']],
    [
      'all of it at once',
      { reference: '', currency: '', lines: [line({ sku: '', name: ' ', quantity: 0, unitPrice: '' })] },
      ['input.reference', 'input.currency', 'input.lines.0.sku', 'input.lines.0.name', 'input.lines.0.quantity', 'input.lines.0.unitPrice'],
    ],
  ])('refuses %s', (_what, more, paths) => {
    expect(issuesOf(() => checkSale(wish('R', more)))).toEqual(paths)
  })

  test('sums exactly, whatever the prices', () => {
    const cents = fc.integer({ min: 0, max: 99_999_999 })
    fc.assert(
      fc.property(fc.array(fc.record({ cents, quantity: fc.integer({ min: 1, max: 1_000 }) }), { minLength: 1, maxLength: 30 }), (sold) => {
        const lines = sold.map(({ cents: price, quantity }) =>
          line({ quantity, unitPrice: `${Math.trunc(price / 100)}.${String(price % 100).padStart(2, '0')}` }),
        )
        const sum = sold.reduce((total, { cents: price, quantity }) => total + BigInt(price) * BigInt(quantity), 0n)
        expect(
          checkSale(wish('R', { lines }))
            .total.replace('.', '')
            .replace(/^0+(?=\d)/, ''),
        ).toBe(sum.toString())
      }),
    )
  })
})

describe('checkChange', () => {
  const known = checkSale(wish('R', { lines: [line({ unitPrice: '5' })] }))

  test('changes what is given and keeps the rest', () => {
    expect(checkChange(known, {})).toEqual(known)
    expect(checkChange(known, { customer: 'Bob', channel: 'phone' })).toEqual({ ...known, content: { ...known.content, customer: 'Bob', channel: 'phone' } })
    expect(checkChange(known, { lines: [line({ quantity: 4, unitPrice: '2.5' })] })).toMatchObject({ total: '10.00', content: { customer: 'Ana López' } })
  })

  test('refuses what a new sale may not have', () => {
    expect(issuesOf(() => checkChange(known, { customer: '', lines: [line({ quantity: 0 })] }))).toEqual(['input.customer', 'input.lines.0.quantity'])
  })
})

test('a payment needs a reference, and a reason may be absent', () => {
  expect(checkPaymentReference(' P-1 ')).toBe('P-1')
  expect(issuesOf(() => checkPaymentReference(' '))).toEqual(['input.paymentReference'])
  expect([checkReason(undefined), checkReason(' '), checkReason(' returned ')]).toEqual([null, null, 'returned'])
  expect(issuesOf(() => checkReason('x'.repeat(SALE_LIMITS.reason + 1)))).toEqual(['input.reason'])
})
