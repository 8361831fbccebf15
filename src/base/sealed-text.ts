import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { BatutaError } from './errors.ts'

/**
 * Texts that must not be readable in the database or a dump of it: AES-256-GCM with a random nonce. The text names the key that sealed it, so that
 * keys can be rotated, and is bound to the row that it belongs to, so that it can't be moved to another one.
 */
const CIPHER = 'aes-256-gcm'
export const SEALING_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 's1'

export interface SealingKey {
  /** 1 to 40 letters, digits, - or _; stands in every text that the key seals. */
  readonly id: string
  readonly key: Buffer
}

/** A text that can't be opened: its key is missing, or it was changed or moved. */
export class UnsealError extends BatutaError {
  constructor(message: string, options?: ErrorOptions) {
    super('SEALED_TEXT', message, options)
  }
}

/** Seals with the first key, opens with all of them. */
export class TextSealer {
  readonly #keys: readonly SealingKey[]

  /** Throws without a key, and for a key of another length than 32 bytes. */
  constructor(keys: readonly SealingKey[]) {
    const wrong = keys.find(({ key }) => key.length !== SEALING_KEY_BYTES)
    if (keys.length === 0 || wrong) throw new RangeError(`expected sealing keys of ${SEALING_KEY_BYTES} bytes, got ${wrong ? wrong.key.length : 'none'}`)
    this.#keys = keys
  }

  /** `belongsTo` names the row and the column, such as `destination:<id>:address`; opening demands the same. */
  seal(text: string, belongsTo: string): string {
    const { id, key } = this.#keys[0] as SealingKey
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(belongsTo))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${VERSION}.${id}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
  }

  /** False: another key than the first sealed it, so sealing it again completes a rotation. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${VERSION}.${this.#keys[0]?.id}.`)
  }

  /** Throws `UnsealError`, never garbage. */
  open(sealed: string, belongsTo: string): string {
    const [version, id = '', nonce = '', content = '', ...rest] = sealed.split('.')
    if (version !== VERSION || rest.length > 0) throw new UnsealError('expected a sealed text, got something else')
    const known = this.#keys.find((key) => key.id === id)
    if (!known) throw new UnsealError(`the key ${JSON.stringify(id)} that sealed this text is not among ENCRYPTION_KEYS; add it again behind the others`)
    const bytes = Buffer.from(content, 'base64url')
    try {
      const decipher = createDecipheriv(CIPHER, known.key, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(belongsTo)).setAuthTag(bytes.subarray(-TAG_BYTES))
      return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    } catch (error) {
      throw new UnsealError(`the key ${JSON.stringify(id)} does not open this text: ENCRYPTION_KEYS has another key under that id, or the text was changed`, {
        cause: error,
      })
    }
  }
}
