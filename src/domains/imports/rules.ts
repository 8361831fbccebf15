/**
 * The business rules of a statement row, one function each. A rule answers the clean value, or a `Refusal` with the end of
 * a sentence: what was expected. The order of the rules is the order in which a row is checked; its first refusal is kept.
 */
export const IMPORT_RULES = ['COLUMN_COUNT', 'CARD', 'DATE', 'DESCRIPTION', 'AMOUNT', 'CURRENCY', 'INSTALLMENT', 'REFERENCE', 'DUPLICATE'] as const
export type ImportRule = (typeof IMPORT_RULES)[number]

export class Refusal {
  readonly expected: string
  constructor(expected: string) {
    this.expected = expected
  }
}

export interface Card {
  readonly last4: string
  /** The full number; null where the file had it masked. */
  readonly digits: string | null
}

const FULL_CARD = /^[0-9]{13,19}$/
const MASKED_CARD = /^\*+[0-9]{4}$/
const SHORTENED_NUMBER = /^[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+$/i

/** 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1, annex B), or `*` and the last four digits. */
export function checkCard(text: string): Card | Refusal {
  if (MASKED_CARD.test(text)) return { last4: text.slice(-4), digits: null }
  if (FULL_CARD.test(text)) {
    if (!passesLuhn(text)) return new Refusal('the check digit of the card number is wrong')
    return { last4: text.slice(-4), digits: text }
  }
  if (SHORTENED_NUMBER.test(text))
    return new Refusal('expected 13 to 19 digits, but a spreadsheet shortened the number; format the column as text and export again')
  return new Refusal('expected 13 to 19 digits, or * and the last four digits')
}

/** Whether the digits' Luhn sum is a multiple of ten. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  let double = false
  for (let index = digits.length - 1; index >= 0; index -= 1) {
    let digit = digits.charCodeAt(index) - 48
    if (double) {
      digit *= 2
      if (digit > 9) digit -= 9
    }
    sum += digit
    double = !double
  }
  return sum % 10 === 0
}

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const DAY_FIRST_DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const FIRST_YEAR = 1900

/** YYYY-MM-DD or DD/MM/YYYY, a day of the calendar, not after `today` (YYYY-MM-DD). Answers YYYY-MM-DD. */
export function checkDate(text: string, today: string): string | Refusal {
  let match = ISO_DATE.exec(text)
  let date = text
  if (!match) {
    match = DAY_FIRST_DATE.exec(text)
    if (!match) return new Refusal('expected YYYY-MM-DD or DD/MM/YYYY')
    date = `${match[3]}-${match[2]}-${match[1]}`
  }
  const year = Number(date.slice(0, 4))
  const month = Number(date.slice(5, 7))
  const day = Number(date.slice(8, 10))
  if (year < FIRST_YEAR || !isCalendarDay(year, month, day)) return new Refusal('expected a day of the calendar, as YYYY-MM-DD or DD/MM/YYYY')
  // Dates of this shape compare as text.
  if (date > today) return new Refusal(`expected a date that is not after today (${today})`)
  return date
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const days = DAYS[month - 1]
  if (days === undefined || day < 1) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (leap ? days + 1 : days)
}

// Twelve digits before the point: no card number hides in an amount, and numeric(18,2) holds it.
const AMOUNT = /^([+-]?)([0-9]{1,12})(?:[.,]([0-9]{1,2}))?$/
const GROUPED = /^[+-]?[0-9]{1,3}(?:[., '][0-9]{3})+(?:[.,][0-9]+)?$/

/** A decimal with `.` or `,` before at most two decimals, no thousands separators, not zero. Answers it with a point and two decimals. */
export function checkAmount(text: string): string | Refusal {
  const match = AMOUNT.exec(text)
  if (!match) {
    if (GROUPED.test(text)) return new Refusal('expected no thousands separators and at most two decimals, such as 1234.56 or 1234,56')
    return new Refusal('expected a decimal number with at most two decimals, such as 1234.56 or 1234,56')
  }
  const whole = (match[2] as string).replace(/^0+(?=\d)/, '')
  const decimals = (match[3] ?? '').padEnd(2, '0')
  if (whole === '0' && decimals === '00') return new Refusal('expected an amount that is not zero')
  return `${match[1] === '-' ? '-' : ''}${whole}.${decimals}`
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** A code of ISO 4217, upper or lower case. Answers it in upper case. */
export function checkCurrency(text: string): string | Refusal {
  const code = CURRENCIES.has(text) ? text : text.toUpperCase()
  return CURRENCIES.has(code) ? code : new Refusal('expected a currency code of ISO 4217, such as USD')
}

export interface Installment {
  readonly number: number
  readonly of: number
}

const INSTALLMENT = /^([0-9]{1,3})\/([0-9]{1,3})$/

/** Empty (answers null), or n/m with 1 <= n <= m <= 999. */
export function checkInstallment(text: string): Installment | null | Refusal {
  if (text === '') return null
  const match = INSTALLMENT.exec(text)
  const number = Number(match?.[1])
  const of = Number(match?.[2])
  if (!match || number < 1 || number > of) return new Refusal('expected nothing, or n/m with n from 1 to m, such as 3/12')
  return { number, of }
}

/** Description and reference: not empty. */
export const checkText = (text: string): string | Refusal => (text === '' ? new Refusal('expected a text that is not empty') : text)

/** A row has as many cells as the header has columns. */
export function checkColumnCount(found: number, expected: number): Refusal | undefined {
  return found === expected ? undefined : new Refusal(`expected ${expected} columns, as in the header`)
}
