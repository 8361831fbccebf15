import { SEALING_KEY_BYTES, type SealingKey } from '../base/sealed-text.ts'

/** Names the key that is kept in the database where none is configured. */
const RESERVED = 'database'

/** `id:base64` with commas between them; `undefined` for anything else. */
export function parseEncryptionKeys(text: string): readonly SealingKey[] | undefined {
  const keys = text.split(',').map((part) => /^([\w-]{1,40}):([A-Za-z0-9+/]{43}=?)$/.exec(part.trim()))
  const parsed = keys.flatMap((match) => (match ? [{ id: match[1] as string, key: Buffer.from(match[2] as string, 'base64') }] : []))
  const isGood = parsed.length === keys.length && parsed.every(({ id, key }) => key.length === SEALING_KEY_BYTES && id !== RESERVED)
  return isGood && new Set(parsed.map(({ id }) => id)).size === parsed.length ? parsed : undefined
}
