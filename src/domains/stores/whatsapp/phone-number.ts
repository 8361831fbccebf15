import examples from 'libphonenumber-js/examples.mobile.json'
import { type CountryCode, getExampleNumber, isSupportedCountry, type PhoneNumber, parsePhoneNumberWithError } from 'libphonenumber-js/max'
import { PermanentError } from '../../../base/errors.ts'
import type { ValidNumber } from './whatsapp-setup.ts'

/** Marks of writing direction and blanks without width, which come along when a number is copied from a contact or a web page. */
const INVISIBLE = /[\p{Cf}]/gu
const ONLY_DIGITS = /^\d+$/

/**
 * How numbers of a country were written once, and still are in address books, with how they are written now. A number in its old form can't be valid
 * in the new plan, so nothing else is meant by it.
 */
const OLD_FORMS: readonly (readonly [old: RegExp, now: string])[] = [
  // Mexico, until 2019: a 1 before mobiles from abroad, 044 and 045 before mobiles inside.
  [/^\+52(?:1|04[45])(\d{10})$/, '+52$1'],
  // Brazil, until 2016: mobiles of eight digits, which got a 9 in front.
  [/^\+55([1-9]\d)([6-9]\d{7})$/, '+55$19$2'],
]

/**
 * Reads a number as people have it: with `+`, with `00`, digits only that mean an international number, or national where the region is known.
 * Throws `PermanentError` INVALID_NUMBER, whose sentence says what was expected and repeats nothing of the number.
 */
export function parseNumber(typed: string, region: string | null): ValidNumber {
  if (region !== null && !isSupportedCountry(region))
    throw new PermanentError('INVALID_NUMBER', `expected a region with telephone numbers of its own, such as AR or ES, got ${region}`)
  const text = typed.normalize('NFKC').replaceAll(INVISIBLE, '').trim()
  for (const [candidate, country] of candidatesOf(text, region)) {
    const number = read(candidate, country)
    if (number) return { phone: number.number, country: number.country ?? null }
  }
  throw new PermanentError('INVALID_NUMBER', sentenceFor(text, region))
}

/** What lists, messages and logs may show of a number. */
export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}…${phone.slice(-3)}`

/** In the order in which they are tried: what is valid at home is a number at home. */
function candidatesOf(text: string, region: CountryCode | null): readonly (readonly [text: string, country?: CountryCode])[] {
  if (text.startsWith('+')) return [[text]]
  const international = text.startsWith('00') ? `+${text.slice(2)}` : `+${text}`
  if (region === null) return [[international]]
  return ONLY_DIGITS.test(text) ? [[text, region], [international]] : [[text, region]]
}

function read(text: string, defaultCountry: CountryCode | undefined): PhoneNumber | undefined {
  const parsed = tryParse(text, defaultCountry)
  if (!parsed || parsed.ext !== undefined) return undefined
  if (parsed.isValid()) return parsed
  const old = OLD_FORMS.find(([form]) => form.test(parsed.number))
  const renewed = old && tryParse(parsed.number.replace(old[0], old[1]), undefined)
  return renewed?.isValid() ? renewed : undefined
}

function tryParse(text: string, defaultCountry: CountryCode | undefined): PhoneNumber | undefined {
  try {
    return parsePhoneNumberWithError(text, { extract: false, ...(defaultCountry && { defaultCountry }) })
  } catch {
    return undefined
  }
}

function sentenceFor(text: string, region: CountryCode | null): string {
  const example = region === null ? undefined : getExampleNumber(region, examples)
  if (region !== null && example)
    return `expected a telephone number of ${region}, such as ${example.formatNational()}, or an international one, such as ${example.formatInternational()}`
  const hint = text.startsWith('+') || text.startsWith('00') ? '' : '; for a national number give its region too, such as AR'
  return `expected a telephone number with its country, such as +54 9 11 2345 6789${hint}`
}
