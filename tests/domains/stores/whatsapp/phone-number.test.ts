import { describe, expect, test } from 'vitest'
import { PermanentError } from '../../../../src/base/errors.ts'
import { maskPhone, parseNumber } from '../../../../src/domains/stores/whatsapp/phone-number.ts'

type Row = readonly [typed: string, region: string | null, phone: string, country: string | null]

/** As people have them, and what they mean. */
const GOOD: readonly Row[] = [
  // Argentina: mobiles have a 9 from abroad, a 15 at home.
  ['+54 9 11 2345-6789', null, '+5491123456789', 'AR'],
  ['5491123456789', null, '+5491123456789', 'AR'],
  ['54 9 11 2345 6789', null, '+5491123456789', 'AR'],
  ['0054 9 11 2345 6789', null, '+5491123456789', 'AR'],
  ['11 2345-6789', 'AR', '+541123456789', 'AR'],
  ['011 15-2345-6789', 'AR', '+5491123456789', 'AR'],
  ['11 15 2345-6789', 'AR', '+5491123456789', 'AR'],
  ['9 11 2345 6789', 'AR', '+5491123456789', 'AR'],
  ['0351 15 234 5678', 'AR', '+5493512345678', 'AR'],
  ['00 54 9 11 2345 6789', 'AR', '+5491123456789', 'AR'],
  // Brazil: mobiles got a ninth digit.
  ['+55 11 91234-5678', null, '+5511912345678', 'BR'],
  ['5511912345678', null, '+5511912345678', 'BR'],
  ['(11) 91234-5678', 'BR', '+5511912345678', 'BR'],
  ['011 91234-5678', 'BR', '+5511912345678', 'BR'],
  ['+55 11 8123-4567', null, '+5511981234567', 'BR'],
  ['(21) 8123-4567', 'BR', '+5521981234567', 'BR'],
  ['+55 11 3123-4567', null, '+551131234567', 'BR'],
  // Mexico: mobiles lost their 1, and 044 and 045 before them.
  ['+52 1 55 1234 5678', null, '+525512345678', 'MX'],
  ['5215512345678', null, '+525512345678', 'MX'],
  ['+52 55 1234 5678', null, '+525512345678', 'MX'],
  ['55 1234 5678', 'MX', '+525512345678', 'MX'],
  ['044 55 1234 5678', 'MX', '+525512345678', 'MX'],
  ['045 55 1234 5678', 'MX', '+525512345678', 'MX'],
  ['1 55 1234 5678', 'MX', '+525512345678', 'MX'],
  // Spain.
  ['+34 600 111 222', null, '+34600111222', 'ES'],
  ['34600111222', null, '+34600111222', 'ES'],
  ['600 111 222', 'ES', '+34600111222', 'ES'],
  ['600.111.222', 'ES', '+34600111222', 'ES'],
  ['0034 600111222', 'ES', '+34600111222', 'ES'],
  ['0034600111222', null, '+34600111222', 'ES'],
  ['91 123 45 67', 'ES', '+34911234567', 'ES'],
  // Elsewhere; a number of another country than the region.
  ['6281223641234', null, '+6281223641234', 'ID'],
  ['+6281223641234', null, '+6281223641234', 'ID'],
  ['081223641234', 'ID', '+6281223641234', 'ID'],
  ['6281223641234', 'AR', '+6281223641234', 'ID'],
  ['+34 600 111 222', 'AR', '+34600111222', 'ES'],
  ['34600111222', 'MX', '+34600111222', 'ES'],
  ['+57 300 123 4567', null, '+573001234567', 'CO'],
  ['+56 9 6123 4567', null, '+56961234567', 'CL'],
  ['+51 912 345 678', null, '+51912345678', 'PE'],
  ['+598 94 231 234', null, '+59894231234', 'UY'],
  ['+1 (415) 555-2671', null, '+14155552671', 'US'],
  ['4155552671', 'US', '+14155552671', 'US'],
  ['07400 123456', 'GB', '+447400123456', 'GB'],
  ['+80012345678', null, '+80012345678', null],
  // Copied: marks of direction around it, wide digits, blanks that do not break.
  ['\u202a+34 600 111 222\u202c', null, '+34600111222', 'ES'],
  ['\u200e+54\u00a09\u00a011\u00a02345\u20116789', null, '+5491123456789', 'AR'],
  ['＋３４ ６００ １１１ ２２２', null, '+34600111222', 'ES'],
]

const BAD: readonly (readonly [typed: string, region: string | null, says: RegExp])[] = [
  ['11 4567-8901', null, /with its country, such as \+54 .*region too, such as AR/],
  ['600 111 222', null, /give its region too/],
  ['+54 9 11 4567', null, /with its country, such as \+54/],
  ['+54 9 11 4567-8901-0000', null, /with its country/],
  ['+999 123 456 789', null, /with its country/],
  ['12345', 'AR', /a telephone number of AR, such as .*, or an international one, such as \+54 9/],
  ['600 111 222', 'AR', /a telephone number of AR/],
  ['+34 600 111 222 ext. 5', null, /with its country/],
  ['call 600111222', 'ES', /a telephone number of ES/],
  ['1-800-FLOWERS', 'US', /a telephone number of US/],
  ['+', null, /with its country/],
  ['   ', null, /with its country/],
  ['+34 600 111 222, +34 600 111 223', null, /with its country/],
  ['600 111 222', 'ZZ', /a region with telephone numbers of its own, such as AR or ES, got ZZ/],
]

/** What a call throws. */
function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('parseNumber', () => {
  test.each(GOOD)('%j of %s is %s', (typed, region, phone, country) => {
    expect(parseNumber(typed, region)).toEqual({ phone, country })
  })

  test.each(BAD)('%j of %s is refused with what was expected, and without the number', (typed, region, says) => {
    const error = thrownBy(() => parseNumber(typed, region))
    expect(error).toBeInstanceOf(PermanentError)
    expect(error).toMatchObject({ code: 'INVALID_NUMBER', message: expect.stringMatching(says) })
    const digits = typed.replaceAll(/\D/g, '')
    const told = (error as Error).message.replaceAll(/\D/g, '')
    expect(digits.length > 5 && told.includes(digits)).toBe(false)
  })

  test('what it made of a number means the same again', () => {
    for (const [, , phone, country] of GOOD) expect(parseNumber(phone, null)).toEqual({ phone, country })
  })
})

test('maskPhone shows the country and the end', () => {
  expect(maskPhone('+5491123456789')).toBe('+54…789')
})
