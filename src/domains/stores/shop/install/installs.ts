import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../../../base/clock.ts'
import { type InputIssue, InvalidInputError } from '../../../../base/errors.ts'
import type { Database } from '../../../../database/database.ts'
import type { StartOutcome, StartRequest } from '../../../../engine/engine.ts'
import type { GuardedHttp } from '../../../../gateways/guarded-http.ts'
import { STORE_CONNECTION } from '../../operations/store-connection.ts'
import { STORE_RECONNECTION } from '../../operations/store-reconnection.ts'
import { titleFor } from '../../operations/titles.ts'
import { checkName } from '../check-offer.ts'
import type { ShopApi } from '../shop-api.ts'
import { fallbackNameOf, type KeptOffer, type ShopSettings } from '../shop-settings.ts'
import type { InstallRequest, Offered } from '../shops.ts'
import {
  claimInstall,
  findUsedInstall,
  finishInstall,
  forgetInstall,
  type InstallKey,
  type InstallRecord,
  insertInstall,
  releaseInstall,
} from '../store/installs.ts'
import { exchangeCode } from './exchange-code.ts'

/**
 * From a link to the platform's consent page to the operation that connects the shop. A link is for one use: of two that come back at once one goes on.
 * Each part is kept before the next begins, so that a page that is loaded again, also after a crash, goes on where it was and starts nothing twice.
 */
export interface InstallsParams {
  readonly database: Database
  readonly clock: Clock
  readonly settings: ShopSettings
  /** For the exchange of codes. */
  readonly http: GuardedHttp
  readonly start: (request: StartRequest) => Promise<StartOutcome>
  /** Finds or makes the store, and keeps the token. */
  readonly keep: (offer: KeptOffer) => Promise<Offered & { readonly name: string }>
  /** Of a shop that is not kept yet. */
  readonly clientOf: (access: { readonly baseUrl: string; readonly token: string }) => ShopApi
}

/** What the consent page adds to the address that it leads back to. */
export interface Callback {
  readonly state: string | null
  readonly code: string | null
  /** Instead of a code: the owner of the shop said no. */
  readonly error: string | null
}

export type InstallOutcome =
  | { readonly kind: 'started'; readonly storeName: string | null; readonly operationId: string; readonly isRepeated: boolean }
  /** By an operation that nobody remembers. */
  | { readonly kind: 'connected' }
  /** Another request is at it. */
  | { readonly kind: 'underWay' }
  /** Another operation of the store, or too many of the user: later. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'denied' }
  /** Not ours, expired, or used up. */
  | { readonly kind: 'unknown' }

const LIFE_SECONDS = 600
const STATE_BYTES = 32
const STATE = /^[\w-]{43}$/
const CODE = /^[\x21-\x7e]{1,500}$/
/** For asking the shop what it is called; it is called by its number else, until it is connected. */
const NAME_LIMIT_MS = 5_000
const PLATFORM = 'tiendanube'
const LONGEST_NAME = 100

export class Installs {
  readonly #params: InstallsParams

  constructor(params: InstallsParams) {
    this.#params = params
  }

  /** Throws `InvalidInputError` where there is no consent page. */
  async link({ ownerId, tenantId, actor, platform, name: given }: InstallRequest): Promise<{ readonly url: string; readonly expiresAt: Date }> {
    const { settings, database } = this.#params
    const issues: InputIssue[] = []
    const name = given === undefined ? null : checkName(given, issues)
    if (platform !== PLATFORM)
      issues.push({ path: 'input.platform', message: 'expected TIENDANUBE: a sandbox shop has no consent page, it is connected at once' })
    else if (!settings.app) issues.push({ path: 'input.platform', message: NO_APP })
    if (!settings.app || issues.length > 0) throw new InvalidInputError(issues)
    const state = randomBytes(STATE_BYTES).toString('base64url')
    const stateHash = keyOf(state).stateHash
    const expiresAt = await insertInstall(database, { stateHash, platform: PLATFORM, ownerId, tenantId, actor, name, lifeSeconds: LIFE_SECONDS })
    return { url: `${settings.authUrl}/${settings.app.id}/authorize?state=${state}`, expiresAt }
  }

  /** What happens when somebody comes back from the consent page. */
  async finish({ state, code, error }: Callback): Promise<InstallOutcome> {
    const { database } = this.#params
    if (state === null || !STATE.test(state)) return { kind: 'unknown' }
    const key = keyOf(state)
    if (error !== null) return { kind: (await forgetInstall(database, key.stateHash)) ? 'denied' : 'unknown' }
    if (code === null || !CODE.test(code)) return { kind: 'unknown' }
    const install = await claimInstall(database, key)
    return install ? this.#connect(key, install, code) : this.#resume(key)
  }

  async #connect(key: InstallKey, install: InstallRecord, code: string): Promise<InstallOutcome> {
    const { database, settings, http } = this.#params
    if (!settings.app) return { kind: 'unknown' }
    try {
      const exchange = await exchangeCode({ http, authUrl: settings.authUrl, app: settings.app, code })
      if (exchange.kind === 'refused') await forgetInstall(database, key.stateHash)
      if (exchange.kind === 'unavailable') await releaseInstall(database, key.stateHash)
      if (exchange.kind !== 'token') return exchange
      const { shopId, token } = exchange
      const baseUrl = `${settings.apiUrl}/${shopId}`
      const fallbackName = install.name ?? (await this.#nameOf({ baseUrl, token })) ?? fallbackNameOf(shopId)
      const { ownerId, tenantId, name } = install
      const kept = await this.#params.keep({ ownerId, tenantId, name, fallbackName, platform: PLATFORM, baseUrl, token, idempotencyKey: key.credentialKey })
      return await this.#start(key, install, kept)
    } catch (failure) {
      await releaseInstall(database, key.stateHash)
      throw failure
    }
  }

  /** A page that is loaded again. */
  async #resume(key: InstallKey): Promise<InstallOutcome> {
    const used = await findUsedInstall(this.#params.database, key)
    if (!used) return { kind: 'unknown' }
    const { operationId, storeId, credentialId, storeName, wasConnected } = used
    if (operationId !== null) return { kind: 'started', storeName, operationId, isRepeated: true }
    if (used.isAccepted) return { kind: 'connected' }
    if (storeId === null || credentialId === null) return { kind: 'underWay' }
    return this.#start(key, used, { storeId, credentialId, wasConnected, name: storeName ?? '' })
  }

  async #start(key: InstallKey, install: InstallRecord, store: Offered & { readonly name: string }): Promise<InstallOutcome> {
    const { ownerId, tenantId, actor } = install
    const { storeId, credentialId, name } = store
    const outcome = await this.#params.start({
      ...(store.wasConnected
        ? { type: STORE_RECONNECTION, title: titleFor(STORE_RECONNECTION, { name }), input: { storeId, credentialId } }
        : { type: STORE_CONNECTION, input: { storeId, credentialId, name, platform: PLATFORM } }),
      ownerId,
      tenantId,
      actor,
      idempotencyKey: key.credentialKey,
    })
    const isOurs = outcome.kind === 'started' || outcome.kind === 'idempotencyConflict'
    if (!isOurs || !outcome.operation) return { kind: 'busy' }
    await finishInstall(this.#params.database, key.stateHash, outcome.operation.id)
    return { kind: 'started', storeName: name, operationId: outcome.operation.id, isRepeated: outcome.kind !== 'started' || outcome.replayed }
  }

  /** As the shop calls itself, if it says so in time: whether its token is good is for the operation to find out. */
  async #nameOf(access: { readonly baseUrl: string; readonly token: string }): Promise<string | undefined> {
    const limit = new AbortController()
    const cancel = this.#params.clock.after(NAME_LIMIT_MS, () => limit.abort(new Error('the shop does not answer in time')))
    try {
      const { name } = await this.#params.clientOf(access).info(limit.signal)
      return name.trim().slice(0, LONGEST_NAME).toWellFormed() || undefined
    } catch {
      return undefined
    } finally {
      cancel()
    }
  }
}

const NO_APP = 'expected a platform that this server has an app for: set TIENDANUBE_APP_ID and TIENDANUBE_APP_SECRET, or connect the shop by its access token'

function keyOf(state: string): InstallKey {
  const stateHash = createHash('sha256').update(state).digest()
  return { stateHash, platform: PLATFORM, credentialKey: `install:${stateHash.toString('base64url')}` }
}
