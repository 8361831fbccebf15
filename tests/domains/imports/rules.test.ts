import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkAmount,
  checkCard,
  checkColumnCount,
  checkCurrency,
  checkDate,
  checkInstallment,
  checkText,
  passesLuhn,
  Refusal,
} from '../../../src/domains/imports/rules.ts'

const TODAY = '2024-06-15'
const refused = expect.any(Refusal)

describe('checkCard', () => {
  test.each(['4111111111111111', '378282246310005', '4222222222222', '6304000000000000000'.replace(/0$/, '')])(
    'accepts the full number %s when Luhn agrees',
    (text) => {
      expect(checkCard(text)).toEqual(passesLuhn(text) ? { last4: text.slice(-4), digits: text } : refused)
    },
  )
  test.each(['*1234', '************1234'])('accepts the masked number %s', (text) => {
    expect(checkCard(text)).toEqual({ last4: '1234', digits: null })
  })
  test.each([
    '',
    '1234',
    '411111111111',
    '4111111111111112',
    '41111111111111111111',
    '4111-1111-1111-1111',
    '****123',
    '1234****',
    '4111********1111',
    '4,11111E+15',
  ])('refuses %j', (text) => {
    expect(checkCard(text)).toEqual(refused)
  })
  test('says what a spreadsheet did to a number', () => {
    expect(checkCard('4.11111E+15')).toMatchObject({ expected: expect.stringContaining('spreadsheet') })
  })
  test('notices every single wrong digit', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.integer({ min: 1, max: 9 }), (at, change) => {
        const digits = [...'4111111111111111']
        digits[at] = String((Number(digits[at]) + change) % 10)
        expect(checkCard(digits.join(''))).toEqual(refused)
      }),
    )
  })
})

describe('checkDate', () => {
  test.each([
    ['2024-03-04', '2024-03-04'],
    ['04/03/2024', '2024-03-04'],
    ['29/02/2024', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    [TODAY, TODAY],
  ])('reads %s', (text, date) => {
    expect(checkDate(text, TODAY)).toBe(date)
  })
  test.each([
    '',
    '03/04/25',
    '2024-3-4',
    '2023-02-29',
    '1900-02-29',
    '31/04/2024',
    '2024-13-01',
    '2024-00-10',
    '00/01/2024',
    '12/31/2023',
    '2024-06-16',
    '16/06/2024',
    '1899-12-31',
    '20240304',
    '2024-03-04T00:00',
  ])('refuses %j', (text) => {
    expect(checkDate(text, TODAY)).toEqual(refused)
  })
  test('reads every day of the calendar in both spellings, as the platform does', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('2024-06-15'), noInvalidDate: true }), (date) => {
        const iso = date.toISOString().slice(0, 10)
        expect(checkDate(iso, TODAY)).toBe(iso)
        expect(checkDate(iso.split('-').reverse().join('/'), TODAY)).toBe(iso)
      }),
    )
  })
})

describe('checkAmount', () => {
  test.each([
    ['12', '12.00'],
    ['12.5', '12.50'],
    ['12,50', '12.50'],
    ['-3,05', '-3.05'],
    ['+7', '7.00'],
    ['007.10', '7.10'],
    ['0,01', '0.01'],
    ['999999999999.99', '999999999999.99'],
  ])('reads %s as %s', (text, amount) => {
    expect(checkAmount(text)).toBe(amount)
  })
  test.each([
    '',
    '0',
    '0.00',
    '-0,0',
    '1.234',
    '1,234',
    '1.234,56',
    '1,234.56',
    '1 234,56',
    '12.',
    '.5',
    '12.345',
    '$12',
    '12 USD',
    '1e3',
    'NaN',
    '--1',
    '1234567890123',
    '١٢',
  ])('refuses %j', (text) => {
    expect(checkAmount(text)).toEqual(refused)
  })
  test('says that thousands separators are not read, because 1.234 could be either', () => {
    for (const text of ['1.234,56', '1,234.56', '1.234']) expect(checkAmount(text)).toMatchObject({ expected: expect.stringContaining('thousands') })
  })
})

describe('the other rules', () => {
  test('checkCurrency reads codes of ISO 4217 in any case', () => {
    expect(['ARS', 'usd', 'Eur', 'CLP'].map(checkCurrency)).toEqual(['ARS', 'USD', 'EUR', 'CLP'])
    for (const text of ['', 'US', 'U$S', 'XYZ', 'ARSX', '$', 'XXX']) expect(checkCurrency(text)).toEqual(refused)
  })
  test('checkInstallment reads nothing, and n/m with 1 <= n <= m', () => {
    expect(checkInstallment('')).toBeNull()
    expect(checkInstallment('3/12')).toEqual({ number: 3, of: 12 })
    expect(checkInstallment('1/1')).toEqual({ number: 1, of: 1 })
    for (const text of ['4/3', '0/3', '1/0', '3', '3/', '/3', '-1/3', '1/2/3', '3 of 12', '1/1000']) expect(checkInstallment(text)).toEqual(refused)
  })
  test('checkText wants something', () => {
    expect(checkText('x')).toBe('x')
    expect(checkText('')).toEqual(refused)
  })
  test('checkColumnCount compares with the header', () => {
    expect(checkColumnCount(8, 8)).toBeUndefined()
    expect(checkColumnCount(7, 8)).toEqual(refused)
    expect(checkColumnCount(9, 8)).toEqual(refused)
  })
})
