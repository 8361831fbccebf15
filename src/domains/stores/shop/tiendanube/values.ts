import { z } from 'zod'
import type { Texts } from '../../records.ts'
import { storable } from './plain-text.ts'

/** Values as the API shows them, read leniently: a number or a text, a text or one for each language. Each keeps to what our tables can hold. */
const LONGEST_ID = 64
const LONGEST_TEXT = 500
const LARGEST_INTEGER = 2_147_483_647

/** An id, a number or a text. */
export const id = z
  .union([z.number().int(), z.string()], { error: 'expected a number or a text' })
  .transform((value) => storable(String(value)).trim())
  .refine((value) => value !== '' && value.length <= LONGEST_ID, `expected 1 to ${LONGEST_ID} characters`)

export const cut = (text: string, longest = LONGEST_TEXT): string => storable(text).trim().slice(0, longest).toWellFormed()

/** A text that may be missing; an empty one is none. */
export const optionalText = z
  .union([z.string(), z.number(), z.null()], { error: 'expected a text' })
  .optional()
  .transform((value) => (value == null ? null : cut(String(value)) || null))

/** Texts by language as they come: also one text for all, and an empty list, which is an empty object in the language of some servers. */
export const localised = z
  .union([z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.null()])), z.array(z.never()), z.null()], {
    error: 'expected a text, or texts by language',
  })
  .optional()
export type Localised = z.output<typeof localised>

/** By ISO 639-1 language; `es_AR` counts as `es`. `language` is that of a text that says none. */
export function textsOf(value: Localised, language: string, read: (text: string) => string = cut): Texts {
  if (value == null || Array.isArray(value)) return {}
  if (typeof value === 'string') return textsOf({ [language]: value }, language, read)
  const texts: Record<string, string> = {}
  for (const [name, given] of Object.entries(value)) {
    const key = languageOf(name)
    const text = given === null ? '' : read(String(given))
    if (key !== undefined && text !== '' && texts[key] === undefined) texts[key] = text
  }
  return texts
}

export const languageOf = (text: string): string | undefined => /^([a-z]{2})(?![a-z])/.exec(text.toLowerCase())?.[1]

const DECIMAL = /^(-?)(\d{1,18})(?:\.(\d{1,20}))?$/

/** An exact decimal with two digits, rounded half away from zero; `undefined` for anything else. */
export function decimalOf(value: string): string | undefined {
  const match = DECIMAL.exec(value.trim())
  if (!match) return undefined
  const [, sign = '', whole = '0', digits = ''] = match
  const thousandths = BigInt(whole) * 1_000n + BigInt(digits.padEnd(3, '0').slice(0, 3))
  const cents = (thousandths + 5n) / 10n
  const text = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
  return text.length > 21 ? undefined : `${cents === 0n ? '' : sign}${text}`
}

/** A price that may be missing. */
export const decimal = z
  .union([z.string(), z.number(), z.null()], { error: 'expected a decimal' })
  .optional()
  .transform((value, context) => {
    if (value == null || value === '') return null
    const exact = decimalOf(String(value))
    if (exact === undefined) context.addIssue('expected a decimal such as 1250.00')
    return exact ?? null
  })

/** A count that may be missing. */
export const count = z
  .union([z.number(), z.string(), z.null()], { error: 'expected a whole number' })
  .optional()
  .transform((value, context) => {
    if (value == null || value === '') return null
    const number = Math.trunc(Number(value))
    if (!Number.isFinite(number)) context.addIssue('expected a whole number')
    return Number.isFinite(number) ? Math.max(-LARGEST_INTEGER, Math.min(LARGEST_INTEGER, number)) : null
  })

const FIRST_INSTANT = Date.UTC(1970, 0)
const LAST_INSTANT = Date.UTC(9999, 0)

/** ISO 8601 in UTC; null also for what is no instant of ours, such as the zero dates of some servers. */
export const instant = z
  .unknown()
  .optional()
  .transform((value) => {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
    return at >= FIRST_INSTANT && at < LAST_INSTANT ? new Date(at).toISOString() : null
  })

/** The address of something on the web; what begins with `//` is read by https. */
export const webAddress = z
  .unknown()
  .optional()
  .transform((value) => {
    const text = typeof value === 'string' ? value.trim().replace(/^\/\//, 'https://') : ''
    return text.length <= 2_000 && /^https?:/.test(text) && URL.canParse(text) ? new URL(text).href : null
  })
