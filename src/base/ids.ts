import { v5, v7 } from 'uuid'

/**
 * Ids. Rows carry UUIDv7 (RFC 9562: time-ordered, so that indexes are append-only); the API shows them as TypeIDs,
 * a prefix and the UUID in Crockford base32 (https://github.com/jetify-com/typeid, spec v0.3): `operation_01jd3k…`.
 */
export type IdPrefix = string

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const VALUE_OF = new Map([...ALPHABET].map((letter, value) => [letter, BigInt(value)]))
const TYPE_ID = /^([a-z](?:[a-z_]{0,61}[a-z])?)_([0-7][0-9a-hjkmnp-tv-z]{25})$/

export const newUuid = (): string => v7()

/** An id for something that was made at an instant, elsewhere or earlier: in the order of ids it takes its place among what was made then. */
export const newUuidAt = (epochMs: number): string => v7({ msecs: Math.min(Math.max(0, Math.floor(epochMs)), 2 ** 48 - 1) })

/** Shows a UUID as an id of the API. */
export function toTypeId(prefix: IdPrefix, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let index = 0; index < 26; index += 1) {
    text = ALPHABET[Number(value & 31n)] + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}

/** Reads an id of the API; `undefined` when it is not one. */
export function fromTypeId(id: string): { prefix: IdPrefix; uuid: string } | undefined {
  const match = TYPE_ID.exec(id)
  if (!match) return undefined
  let value = 0n
  for (const letter of match[2] as string) value = (value << 5n) | (VALUE_OF.get(letter) as bigint)
  const hex = value.toString(16).padStart(32, '0')
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  return { prefix: match[1] as string, uuid }
}

/** The UUID of an id with the expected prefix; `undefined` for anything else. */
export function uuidOf(prefix: IdPrefix, id: string): string | undefined {
  const parsed = fromTypeId(id)
  return parsed?.prefix === prefix ? parsed.uuid : undefined
}

/** The smallest UUIDv7 of an instant: rows created at or after it have ids that are not smaller. */
export function firstUuidAt(epochMs: number): string {
  const hex = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}

const STREAM_NAMESPACE = '6f9b1a52-7a4e-5d0c-9c55-3f2d8f6e1b77'

/**
 * The key of a named stream (`inbox:<user>`, `sales`). An operation's stream is keyed by the operation's own id;
 * named ones by UUIDv5, so that all streams share one narrow primary key.
 */
export const namedStream = (name: string): string => v5(name, STREAM_NAMESPACE)

const DERIVED_NAMESPACE = '2c7e0c44-51cf-5b8e-8d0a-0f6f3b1d9e25'

/** The UUID that belongs to a text (`store-credential:<store>:<key>`): always the same one. */
export const derivedUuid = (text: string): string => v5(text, DERIVED_NAMESPACE)
