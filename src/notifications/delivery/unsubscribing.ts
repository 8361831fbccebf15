import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import { setPreference } from '../preferences/store/set-preference.ts'
import { NOTIFICATION_CATEGORIES, type NotificationCategory } from '../records.ts'
import type { Secrets } from './secrets.ts'

/** Where links of mails lead; below the address of this server. */
export const UNSUBSCRIBE_ROUTE = '/notifications/unsubscribe'

/** What a link turns off, for email. */
export interface Unsubscription {
  readonly userId: string
  /** null: all categories. */
  readonly category: NotificationCategory | null
}

const PURPOSE = 'unsubscribe'
const LONGEST_TOKEN = 2_000

/** Links by which a reader turns mails off without signing in (RFC 8058). They stay good: mails are read late. */
export class Unsubscribing {
  readonly #database: Database
  readonly #secrets: Secrets
  readonly #publicUrl: string | undefined

  constructor(params: { readonly database: Database; readonly secrets: Secrets; readonly publicUrl: string | undefined }) {
    this.#database = params.database
    this.#secrets = params.secrets
    this.#publicUrl = params.publicUrl
  }

  /** null where it is not known under which address people reach this server. */
  async urlFor({ userId, category }: Unsubscription): Promise<string | null> {
    if (this.#publicUrl === undefined || userId === '') return null
    const body = Buffer.from(JSON.stringify([userId, category])).toString('base64url')
    return `${this.#publicUrl}${UNSUBSCRIBE_ROUTE}?token=${body}.${(await this.#sign(body)).toString('base64url')}`
  }

  /** What a token is for; `undefined` when it is not ours. */
  async read(token: string): Promise<Unsubscription | undefined> {
    const [body, signature, ...rest] = token.length > LONGEST_TOKEN ? [] : token.split('.')
    if (!body || !signature || rest.length > 0) return undefined
    const [given, right] = [Buffer.from(signature, 'base64url'), await this.#sign(body)]
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
    const [userId, category] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [string, NotificationCategory | null]
    return { userId, category }
  }

  /** Turns them off. Safe to repeat. */
  async apply({ userId, category }: Unsubscription): Promise<void> {
    const categories = category === null ? NOTIFICATION_CATEGORIES : [category]
    for (const each of categories) await setPreference(this.#database, { userId, category: each, channel: 'email', enabled: false })
  }

  async #sign(body: string): Promise<Buffer> {
    return createHmac('sha256', await this.#secrets.key('unsubscribe-links'))
      .update(`${PURPOSE}\n${body}`)
      .digest()
  }
}
