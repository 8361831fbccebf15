import { randomBytes } from 'node:crypto'
import { SEALING_KEY_BYTES, type SealingKey, TextSealer } from '../../base/sealed-text.ts'
import type { Database } from '../../database/database.ts'
import { ensureSecret, readSecret } from './store/secrets.ts'

const BYTES = 32
const ENCRYPTION = 'encryption'
/** Its id in sealed texts; ENCRYPTION_KEYS may not use it. */
const DATABASE_KEY_ID = 'database'

export interface SecretsParams {
  readonly database: Database
  /** Of ENCRYPTION_KEYS; the first seals. None: a random one, kept in the database, which protects nobody from who can read that. */
  readonly encryptionKeys: readonly SealingKey[]
}

/** Keys of ours: those of the configuration, and random ones that are kept in the database. */
export class Secrets {
  readonly #params: SecretsParams
  readonly #known = new Map<string, Promise<Buffer>>()
  #sealer: Promise<TextSealer> | undefined

  constructor(params: SecretsParams) {
    this.#params = params
  }

  get sealedWith(): 'configuration' | 'database' {
    return this.#params.encryptionKeys.length > 0 ? 'configuration' : 'database'
  }

  /** The key of this name, the same on all instances. */
  key(name: 'addresses' | 'codes' | 'unsubscribe-links' | typeof ENCRYPTION): Promise<Buffer> {
    const known = this.#known.get(name)
    if (known) return known
    const made = ensureSecret(this.#params.database, name, randomBytes(BYTES))
    this.#known.set(name, made)
    made.catch(() => this.#known.delete(name))
    return made
  }

  sealer(): Promise<TextSealer> {
    if (this.#sealer) return this.#sealer
    const made = this.#makeSealer()
    this.#sealer = made
    made.catch(() => {
      this.#sealer = undefined
    })
    return made
  }

  async #makeSealer(): Promise<TextSealer> {
    const { encryptionKeys, database } = this.#params
    if (encryptionKeys.length === 0) return new TextSealer([{ id: DATABASE_KEY_ID, key: await this.key(ENCRYPTION) }])
    // From before keys were configured.
    const old = await readSecret(database, ENCRYPTION)
    return new TextSealer(old?.length === SEALING_KEY_BYTES ? [...encryptionKeys, { id: DATABASE_KEY_ID, key: old }] : encryptionKeys)
  }
}
