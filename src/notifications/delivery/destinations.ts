import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import { BatutaError, InvalidInputError } from '../../base/errors.ts'
import { newUuid } from '../../base/ids.ts'
import type { TextSealer } from '../../base/sealed-text.ts'
import type { Database, Transaction } from '../../database/database.ts'
import type { ChannelName } from '../channels/channel.ts'
import type { Channels } from '../channels/create-channels.ts'
import { newWebhookSecret } from '../channels/webhook/message.ts'
import { CODES_PER_ADDRESS, CODES_PER_USER, type Pace, type PaceLimit, TESTS_PER_USER, takeTurn } from './pacing.ts'
import { addressOf, codeOf, secretsOf } from './sealed-columns.ts'
import type { Secrets } from './secrets.ts'
import { type DestinationRecord, findDestination, insertDestination, listDestinations, lockUser, removeDestination } from './store/destinations.ts'
import { lockPaces, readNow, writePaces } from './store/pace.ts'
import { insertMessage, markVerified, readSecrets, storeCode, takeTry, writeSecrets } from './store/verify-destination.ts'

export const MOST_DESTINATIONS = 10
const CODE_DIGITS = 6
const CODE_LIFE_MS = 30 * 60_000
const MOST_TRIES = 5
const SIGNING_SECRETS = 2

/** Too many codes or tests; later it works again. */
export class TooManyMessagesError extends BatutaError {
  readonly retryAfterSeconds: number
  constructor(message: string, retryAfterMs: number) {
    super('QUOTA_EXCEEDED', message)
    this.retryAfterSeconds = Math.ceil(retryAfterMs / 1_000)
  }
}

export interface AddDestinationParams {
  readonly userId: string
  readonly channel: ChannelName
  readonly address: string
  /** Mail address of the user that the issuer of tokens has verified: no code is sent there. */
  readonly verifiedEmail?: string | undefined
}

export interface AddedDestination {
  readonly destination: DestinationRecord
  /** Of a webhook: shown this once. */
  readonly secret: string | null
}

export interface DestinationsParams {
  readonly database: Database
  readonly channels: Channels
  readonly secrets: Secrets
  /** There is something to send. */
  readonly wake: () => void
}

/** Where users get notifications. Who may ask is decided before. */
export class Destinations {
  readonly #params: DestinationsParams

  constructor(params: DestinationsParams) {
    this.#params = params
  }

  list(userId: string): Promise<readonly DestinationRecord[]> {
    return listDestinations(this.#params.database, userId)
  }

  find(id: string): Promise<DestinationRecord | undefined> {
    return findDestination(this.#params.database, id)
  }

  /** Throws `InvalidInputError` and `TooManyMessagesError`. */
  async add({ userId, channel, address: text, verifiedEmail }: AddDestinationParams): Promise<AddedDestination> {
    const { channels, secrets, database, wake } = this.#params
    const refuse = (path: string, message: string) => new InvalidInputError([{ path, message }])
    const { unavailable } = channels[channel]
    if (unavailable !== undefined) throw refuse('input.channel', unavailable)
    const parsed = channels[channel].parseAddress(text)
    if (parsed.kind === 'refused') throw refuse('input.address', parsed.expected)
    const isVerified = !parsed.needsCode || (channel === 'email' && parsed.address.toLowerCase() === verifiedEmail?.toLowerCase())
    const [sealer, key] = await Promise.all([secrets.sealer(), secrets.key('addresses')])
    const id = newUuid()
    const secret = channel === 'webhook' ? newWebhookSecret() : null
    const fingerprint = fingerprintOf(key, channel, parsed.address)
    const codeKey = await secrets.key('codes')
    const destination = await database.transaction(async (transaction) => {
      await lockUser(transaction, userId)
      if ((await listDestinations(transaction, userId)).length >= MOST_DESTINATIONS) {
        throw refuse('input', `expected at most ${MOST_DESTINATIONS} destinations of a user; remove one first`)
      }
      const sealed = {
        address: sealer.seal(parsed.address, addressOf(id)),
        secrets: secret === null ? null : sealer.seal(JSON.stringify([secret]), secretsOf(id)),
      }
      const inserted = await insertDestination(transaction, { id, userId, channel, ...sealed, fingerprint, masked: parsed.masked, isVerified })
      if (!inserted) throw refuse('input.address', 'expected an address that is not among the destinations already')
      if (!isVerified) await sendCode(transaction, inserted, { sealer, codeKey })
      return inserted
    })
    wake()
    return { destination, secret }
  }

  /** Sends another code; the one before is no good any more. Throws `TooManyMessagesError` and `InvalidInputError`. */
  async resendCode(destination: DestinationRecord): Promise<void> {
    const { database, secrets, wake } = this.#params
    const keys = { sealer: await secrets.sealer(), codeKey: await secrets.key('codes') }
    await database.transaction((transaction) => sendCode(transaction, destination, keys))
    wake()
  }

  /** Throws `InvalidInputError`; false is never answered, so that all refusals look alike. */
  async verify(destination: DestinationRecord, code: string): Promise<void> {
    if (destination.verifiedAt !== null) return
    const { database, secrets } = this.#params
    const expected = await takeTry(database, destination.id, MOST_TRIES)
    if (!expected) throw new InvalidInputError([{ path: 'input.code', message: 'expected a code that is still good; ask for another one' }])
    const given = codeHash(await secrets.key('codes'), destination.id, code.trim())
    if (!timingSafeEqual(given, expected)) throw new InvalidInputError([{ path: 'input.code', message: `expected the ${CODE_DIGITS} digits of the last code` }])
    await markVerified(database, destination.id)
  }

  /** The new secret, shown this once. The one before signs too, until the next rotation. */
  async rotateSecret({ id }: DestinationRecord): Promise<string> {
    const sealer = await this.#params.secrets.sealer()
    const secret = newWebhookSecret()
    await this.#params.database.transaction(async (transaction) => {
      const sealed = await readSecrets(transaction, id)
      const known = sealed === undefined ? [] : (JSON.parse(sealer.open(sealed, secretsOf(id))) as string[])
      await writeSecrets(transaction, id, sealer.seal(JSON.stringify([secret, ...known].slice(0, SIGNING_SECRETS)), secretsOf(id)))
    })
    return secret
  }

  /** Its result is the destination's last one. Throws `InvalidInputError` and `TooManyMessagesError`. */
  async sendTest(destination: DestinationRecord): Promise<DestinationRecord> {
    if (destination.verifiedAt === null) {
      throw new InvalidInputError([{ path: 'input.destinationId', message: 'expected a destination that is verified' }])
    }
    const { database, wake } = this.#params
    await database.transaction(async (transaction) => {
      await takePlaces(transaction, [[`tests:${destination.userId}`, TESTS_PER_USER]], 'That were many tests; try again in a moment.')
      await insertMessage(transaction, { id: newUuid(), purpose: 'test', destinationId: destination.id, sealed: null })
    })
    wake()
    return (await this.find(destination.id)) ?? destination
  }

  remove({ id }: DestinationRecord): Promise<void> {
    return removeDestination(this.#params.database, id)
  }
}

/** Read before the transaction: on the embedded database nothing else is answered inside one. */
interface CodeKeys {
  readonly sealer: TextSealer
  readonly codeKey: Buffer
}

async function sendCode(transaction: Transaction, destination: DestinationRecord, { sealer, codeKey }: CodeKeys): Promise<void> {
  const limits = [
    [`codes:${destination.userId}`, CODES_PER_USER],
    // Whoever asks: nobody's mailbox is flooded by many users either.
    [`code:${destination.fingerprint.toString('hex')}`, CODES_PER_ADDRESS],
  ] as const
  await takePlaces(transaction, limits, 'That were many codes; try again later.')
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0')
  const isAwaited = await storeCode(transaction, destination.id, { hash: codeHash(codeKey, destination.id, code), lifeMs: CODE_LIFE_MS })
  if (!isAwaited) throw new InvalidInputError([{ path: 'input.destinationId', message: 'expected a destination that is not verified yet' }])
  const id = newUuid()
  await insertMessage(transaction, { id, purpose: 'code', destinationId: destination.id, sealed: sealer.seal(code, codeOf(id)) })
}

/** The same address has the same one, whoever typed it. */
export const fingerprintOf = (key: Buffer, channel: ChannelName, address: string): Buffer =>
  createHmac('sha256', key)
    .update(`${channel}\n${channel === 'email' ? address.toLowerCase() : address}`)
    .digest()

const codeHash = (key: Buffer, destinationId: string, code: string): Buffer => createHmac('sha256', key).update(`${destinationId}\n${code}`).digest()

/** Throws `TooManyMessagesError` when any of them has no place left; then none is taken. */
async function takePlaces(transaction: Transaction, limits: readonly (readonly [key: string, limit: PaceLimit])[], message: string): Promise<void> {
  const paces = await lockPaces(
    transaction,
    limits.map(([key]) => key),
  )
  const nowMs = await readNow(transaction)
  for (const [key, limit] of limits) {
    const { atMs, pace } = takeTurn(paces.get(key) as Pace, limit, nowMs)
    if (atMs > nowMs) throw new TooManyMessagesError(message, atMs - nowMs)
    paces.set(key, pace)
  }
  await writePaces(transaction, paces)
}
