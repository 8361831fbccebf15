import { z } from 'zod'
import { readCertificates } from './certificates.ts'
import { parseEncryptionKeys } from './encryption-keys.ts'

/** What values of variables may look like; each takes the text of the environment. */
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().int().min(least).max(most))

export const text = z.string().min(1)
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
export const url = (protocols: RegExp) => z.string().refine((value) => URL.canParse(value) && protocols.test(new URL(value).protocol))
export const isOrigin = (value: string): boolean => URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value)
export const list = (isGood: (value: string) => boolean) =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((values) => values.every(isGood))
/** The value is the file's text. */
export const certificates = z.string().transform((path, context) => {
  const text = readCertificates(path)
  if (text === undefined) context.addIssue('expected certificates')
  return text ?? z.NEVER
})

/** Without a slash at its end. */
export const publicUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && !/[?#]/.test(value))
  .transform((value) => value.replace(/\/+$/, ''))
export const encryptionKeys = z.string().transform((value, context) => {
  const keys = parseEncryptionKeys(value)
  if (keys === undefined) context.addIssue('expected keys')
  return keys ?? z.NEVER
})
export const EMAIL = /^[^\s@<>,;"]{1,64}@[A-Za-z0-9.-]{1,253}$/
/** `ana@example.com`, or with a name before it. */
export const isSender = (value: string): boolean => !/\p{Cc}/u.test(value) && EMAIL.test(/^[^<>]*<([^<>]+)>$/.exec(value)?.[1] ?? value)

/** As Meta numbers what it has. */
export const metaId = z.string().regex(/^\d{1,30}$/)
export const TEMPLATE = /^([a-z0-9_]{1,512}):([a-z]{2,3}(?:_[A-Z]{2})?)$/
