import { newUuid } from '../../base/ids.ts'
import type { Database, Transaction } from '../../database/database.ts'
import type { ChannelName } from '../channels/channel.ts'
import type { Channels } from '../channels/create-channels.ts'
import type { Urgency } from '../records.ts'
import { fingerprintOf } from './destinations.ts'
import { planChanged } from './planner.ts'
import { addressOf } from './sealed-columns.ts'
import type { Secrets } from './secrets.ts'
import { keepAddress, removeOthers, upsertOperators } from './store/destinations.ts'
import { writeAlert } from './store/write-alert.ts'

/** Where operators get alerts: of the configuration, so it needs no code and may be private. */
export interface OperatorAddress {
  readonly channel: ChannelName
  readonly address: string
}

/** Something that operators must know. */
export interface Alert {
  /** The situation: the same again edits the alert rather than repeating it. */
  readonly key: string
  readonly title: string
  readonly body?: string
  readonly kind?: 'info' | 'warning' | 'error'
  /** `high` by default. Alerts know no quiet hours. */
  readonly urgency?: Urgency
}

/**
 * Alerts to operators go the way of all notifications: durable, retried, paced. They belong to a user whom no token can name, and their destinations
 * are rows that each start brings up to date with the configuration.
 */
export class Operators {
  readonly #database: Database
  readonly #channels: Channels
  readonly #secrets: Secrets
  readonly #addresses: readonly OperatorAddress[]

  constructor(params: { readonly database: Database; readonly channels: Channels; readonly secrets: Secrets; readonly addresses: readonly OperatorAddress[] }) {
    this.#database = params.database
    this.#channels = params.channels
    this.#secrets = params.secrets
    this.#addresses = params.addresses
  }

  get count(): number {
    return this.#addresses.length
  }

  /** Brings the rows up to date with the configuration. */
  async sync(): Promise<void> {
    const [sealer, key] = await Promise.all([this.#secrets.sealer(), this.#secrets.key('addresses')])
    await this.#database.transaction(async (transaction) => {
      const kept: string[] = []
      for (const { channel, address } of this.#addresses) {
        const parsed = this.#channels[channel].parseAddress(address)
        const masked = parsed.kind === 'address' ? parsed.masked : `${channel} of the configuration`
        const made = newUuid()
        const id = await upsertOperators(transaction, { id: made, channel, address: '', fingerprint: fingerprintOf(key, channel, address), masked })
        // Sealed for the row that it is in, with the key of today.
        await keepAddress(transaction, id, sealer.seal(address, addressOf(id)))
        kept.push(id)
      }
      await removeOthers(transaction, kept)
    })
  }

  /** Inside the transaction of what it is about; `wake` of the planner afterwards makes it quick. Does nothing where no destination is configured. */
  async alert(transaction: Transaction, { key, title, body, kind = 'warning', urgency = 'high' }: Alert): Promise<void> {
    if (this.#addresses.length === 0) return
    const record = await writeAlert(transaction, { id: newUuid(), key: `alert:${key}`, kind, urgency, title, body: body ?? null })
    await planChanged(transaction, [record], 0)
  }
}
