import { describe, expect, test } from 'vitest'
import { checkSale } from '../../../src/domains/sales/check-sale.ts'
import { SALE_STATES } from '../../../src/domains/sales/records.ts'
import { answerToPayment, differences, isSameContent, originOf, SALE_RULES, type SaleTrigger } from '../../../src/domains/sales/sale-rules.ts'
import { wish } from './sales-world.ts'

/** Written out by hand: the answers of pending, approved and canceled. */
const EXPECTED: Readonly<Record<SaleTrigger, readonly string[]>> = {
  confirm: ['change', 'refuse', 'refuse'],
  update: ['change', 'change', 'refuse'],
  cancel: ['change', 'change', 'repeat'],
}

describe('the rules of a sale', () => {
  test.each(Object.entries(EXPECTED))('%s', (trigger, answers) => {
    expect(SALE_STATES.map((state) => SALE_RULES[state][trigger as SaleTrigger])).toEqual(answers)
  })

  test.each([
    ['pending', null, 'P-1', 'change'],
    ['approved', 'P-1', 'P-1', 'repeat'],
    ['approved', 'P-1', 'P-2', 'refuse'],
    // Approved when it was made: nobody waits for a payment.
    ['approved', null, 'P-1', 'refuse'],
    // The answer to the first confirmation was lost, and the sale was canceled since.
    ['canceled', 'P-1', 'P-1', 'repeat'],
    ['canceled', null, 'P-1', 'refuse'],
  ] as const)('a %s sale paid by %s answers to payment %s: %s', (state, paymentReference, asked, answer) => {
    expect(answerToPayment({ state, paymentReference }, asked)).toBe(answer)
  })
})

describe('differences', () => {
  const content = checkSale(wish('R')).content
  const origin = originOf(content, 'approved')

  test.each([
    ['nothing', {}, 'approved', []],
    ['the customer', { customer: 'Bob' }, 'approved', ['input.customer']],
    ['the channel', { channel: 'phone' }, 'approved', ['input.channel']],
    ['currency and lines', { currency: 'JPY', lines: [] }, 'approved', ['input.currency', 'input.lines']],
    ['the mutation', {}, 'pending', ['mutation']],
  ] as const)('names %s', (_what, more, state, fields) => {
    expect(differences(origin, originOf({ ...content, ...more }, state))).toEqual(fields)
  })

  test('sees no difference in what is written differently and means the same', () => {
    const other = checkSale(wish(' R ', { lines: wish('R').lines.map((line) => ({ ...line, unitPrice: '012.50' })) })).content
    expect(differences(origin, originOf(other, 'approved'))).toEqual([])
    expect(isSameContent(content, other)).toBe(true)
    expect(isSameContent(content, { ...other, customer: 'Bob' })).toBe(false)
  })
})
