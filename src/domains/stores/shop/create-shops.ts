import type { Clock } from '../../../base/clock.ts'
import { PermanentError } from '../../../base/errors.ts'
import { derivedUuid, newUuid } from '../../../base/ids.ts'
import type { TextSealer } from '../../../base/sealed-text.ts'
import type { Database } from '../../../database/database.ts'
import type { StartOutcome, StartRequest } from '../../../engine/engine.ts'
import { GuardedHttp, type GuardedHttpParams } from '../../../gateways/guarded-http.ts'
import { checkOffer } from './check-offer.ts'
import { callbackRoutes } from './install/callback-page.ts'
import { Installs } from './install/installs.ts'
import { sandboxTransport } from './sandbox/sandbox-transport.ts'
import { sandboxData } from './sandbox/shop-data.ts'
import type { ShopApi } from './shop-api.ts'
import { fallbackNameOf, type KeptOffer, type ShopSettings } from './shop-settings.ts'
import { httpTransport } from './shop-transport.ts'
import type { Offered, ShopConnections } from './shops.ts'
import { acceptCredential } from './store/accept-credential.ts'
import { findCredential, type StoreAccess } from './store/find-credential.ts'
import { ensureStore, insertCredential } from './store/offer-credential.ts'
import type { PatientGetParams } from './tiendanube/patient-get.ts'
import { TiendanubeShop } from './tiendanube/tiendanube-shop.ts'
import { type ResealReport, Tokens } from './tokens.ts'

export interface ShopsParams {
  readonly database: Database
  readonly clock: Clock
  /** Seals access tokens. */
  readonly sealer: () => Promise<TextSealer>
  readonly settings: ShopSettings
  /** Starts what follows a consent: STORE_CONNECTION or STORE_RECONNECTION. */
  readonly start: (request: StartRequest) => Promise<StartOutcome>
  readonly http?: Pick<GuardedHttpParams, 'lookup' | 'limits'>
  readonly random?: PatientGetParams['random']
  readonly onWait?: PatientGetParams['onWait']
}

export interface ShopParts extends ShopConnections {
  /** For the HTTP server: where the consent page leads back to. */
  readonly routes: ReturnType<typeof callbackRoutes>
  /** Seals all tokens with the first key of ENCRYPTION_KEYS. */
  resealAll(signal?: AbortSignal): Promise<ResealReport>
}

/** Answers of shops hold 200 products with all they have. */
const SHOP_LIMITS = { responseBytes: 8 * 1024 * 1024, headersMs: 30_000, bodyMs: 30_000 }
const LONGEST_NAME = 100

export function createShops(params: ShopsParams): ShopParts {
  const { database } = params
  const settings = { ...params.settings, apiUrl: new URL(params.settings.apiUrl).href.replace(/\/+$/, '') }
  const tokens = new Tokens(params)
  const http = new GuardedHttp({ ...params.http, allowedHosts: settings.allowedPrivateHosts, limits: { ...SHOP_LIMITS, ...params.http?.limits } })
  const isTrusted = (url: string) => url.startsWith(`${settings.apiUrl}/`)
  const clientOf = (access: ShopAccess) => tiendanube(params, httpTransport(http, isTrusted(access.baseUrl)), access)

  const keep = async (offer: KeptOffer): Promise<Offered & { readonly name: string }> => {
    // The sealer may ask the database, so it comes before the transaction.
    const sealer = await params.sealer()
    return database.transaction(async (transaction) => {
      const store = await ensureStore(transaction, { id: newUuid(), ...offer })
      const { idempotencyKey } = offer
      const credentialId = idempotencyKey === undefined ? newUuid() : derivedUuid(`store-credential:${store.id}:${idempotencyKey}`)
      await insertCredential(transaction, {
        id: credentialId,
        storeId: store.id,
        sealedToken: tokens.sealWith(sealer, credentialId, offer.token),
        idempotencyKey: idempotencyKey ?? null,
      })
      return { storeId: store.id, credentialId, wasConnected: store.wasConnected, name: store.name }
    })
  }
  const installs = new Installs({ ...params, settings, http: new GuardedHttp({ ...params.http, allowedHosts: settings.allowedPrivateHosts }), keep, clientOf })

  return {
    async offer(offer) {
      const checked = checkOffer(offer, { http, isTrusted })
      const { storeId, credentialId, wasConnected } = await keep({ ...offer, ...checked, fallbackName: checked.name })
      return { storeId, credentialId, wasConnected }
    },
    async open(storeId, credentialId) {
      const access = await findCredential(database, storeId, credentialId)
      if (!access) throw new PermanentError('STORE_GONE', 'The store was deleted.')
      const { credentialId: id, sealedToken } = access
      if (id === null || sealedToken === null) throw new PermanentError('NO_CREDENTIAL', 'The store has no access token: connect it again.')
      if (access.platform === 'sandbox') return sandbox(params, access)
      return clientOf({ ...access, token: await tokens.open({ credentialId: id, sealedToken }) })
    },
    async accept(transaction, { storeId, credentialId, info }) {
      const [fallbackName, shopName] = [
        fallbackNameOf(info.externalId),
        info.name.trim().slice(0, LONGEST_NAME).toWellFormed() || fallbackNameOf(info.externalId),
      ]
      const isAccepted = await acceptCredential(transaction, { storeId, credentialId, info, fallbackName, shopName })
      if (!isAccepted) throw new PermanentError('NO_CREDENTIAL', 'The store or its access token is gone: connect it again.')
    },
    installLink: (request) => installs.link(request),
    resealAll: (signal) => tokens.resealAll(signal),
    routes: settings.app ? callbackRoutes(installs) : [],
  }
}

export interface ShopAccess {
  readonly baseUrl: string
  readonly token: string
  readonly language?: string | null
  readonly currency?: string | null
}

const tiendanube = ({ clock, settings, random, onWait }: ShopsParams, transport: ReturnType<typeof httpTransport>, access: ShopAccess): ShopApi =>
  new TiendanubeShop({ ...access, userAgent: settings.userAgent, transport, clock, random, onWait })

/** The same client, with a shop inside this process. */
function sandbox({ clock, settings }: ShopsParams, { name, baseUrl: kept, language, currency }: StoreAccess): ShopApi {
  const slug = kept.slice('sandbox:'.length)
  const baseUrl = `https://sandbox.invalid/v1/${slug}`
  return new TiendanubeShop({
    baseUrl,
    token: 'sandbox',
    userAgent: settings.userAgent,
    transport: sandboxTransport({ data: sandboxData(name, slug), baseUrl, clock }),
    clock,
    calledBy: 'the sandbox shop',
    language,
    currency,
  })
}
