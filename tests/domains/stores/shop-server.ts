import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerShopRequest } from '../../../src/domains/stores/shop/sandbox/rest-shop.ts'
import type { ShopData } from '../../../src/domains/stores/shop/sandbox/shop-data.ts'
import { PLANTED } from '../../setup/planted-secrets.ts'

/** A real server on this machine with the REST API of a shop and the consent page of its platform. It keeps a log of what was asked, and fails on request. */
export interface ShopServer {
  /** What a store's `baseUrl` is. */
  readonly baseUrl: string
  /** `host:port`, for ALLOWED_PRIVATE_HOSTS. */
  readonly host: string
  /** For TIENDANUBE_API_URL; the shop's id follows. */
  readonly apiUrl: string
  /** For TIENDANUBE_AUTH_URL. */
  readonly authUrl: string
  readonly app: { readonly id: string; readonly secret: string }
  /** The token that is good now; `undefined`: none is. */
  token: string | undefined
  /** All requests of the shop's API and of its platform, in their order. */
  readonly log: readonly LoggedRequest[]
  /** Requests of one kind, such as `/products`, whatever their query. */
  requestsOf(path: string): readonly LoggedRequest[]
  clearLog(): void
  /** The next so many requests whose path and query contain `match` (all, without it) are answered with this status. */
  failNext(times: number, status: number, options?: FaultOptions): void
  /** Instead of everything else, where it answers true. */
  answer(answering: Answering | undefined): void
  /** Requests whose path and query contain `match` wait until they are let go: they have reached the shop by then. */
  hold(match: string): HeldRequests
  /** A code as the consent page gives it; good once. */
  grantCode(): string
  /** Where the consent page leads back to; with `deny` the owner of the shop says no. */
  consent(options: { readonly redirectTo: string; readonly deny?: boolean }): void
  close(): Promise<void>
}

export interface LoggedRequest {
  readonly method: string
  /** Below the shop's address for its API (`/products?page=2`); whole for others. */
  readonly path: string
  /** 0: not answered, or cut off. */
  readonly status: number
}

export interface HeldRequests {
  /** Resolves once one waits. */
  readonly reached: Promise<void>
  /** Lets those that wait go, and holds no more. */
  release(): void
}

export interface FaultOptions {
  readonly match?: string
  /** Such as `x-rate-limit-reset` or `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The connection breaks off instead of an answer. */
  readonly cut?: boolean
  readonly body?: string
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => boolean

export interface ShopServerParams {
  readonly data: ShopData
  readonly token?: string
  /** A leaky bucket; by default one that nobody fills. */
  readonly limit?: { readonly bucket: number; readonly leaksPerSecond: number }
}

export const SHOP_TOKEN = PLANTED.shopToken
export const APP = { id: '4711', secret: PLANTED.shopAppSecret }
const SHOP_ID = '1234567'
const GENEROUS = { bucket: 10_000, leaksPerSecond: 10_000 }

interface Hold {
  readonly match: string
  readonly released: Promise<void>
  reach(): void
}

interface Fault extends FaultOptions {
  left: number
  readonly status: number
}

export async function shopServer({ data, token = SHOP_TOKEN, limit = GENEROUS }: ShopServerParams): Promise<ShopServer> {
  const log: LoggedRequest[] = []
  const faults: Fault[] = []
  const codes = new Set<string>()
  const bucket = new LeakyBucket(limit)
  const holds = new Set<Hold>()
  let answering: Answering | undefined
  let consent = { redirectTo: '', deny: false }

  const grantCode = (): string => {
    const code = randomUUID()
    codes.add(code)
    return code
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', self.apiUrl)
    const prefix = `/v1/${SHOP_ID}`
    const shown = url.pathname.startsWith(`${prefix}/`) ? `${url.pathname.slice(prefix.length)}${url.search}` : `${url.pathname}${url.search}`
    log.push({
      method: request.method ?? '',
      path: shown,
      get status() {
        return response.headersSent ? response.statusCode : 0
      },
    })
    const hold = [...holds].find(({ match }) => shown.includes(match))
    if (!hold) return answer(request, response, { url, shown })
    hold.reach()
    void hold.released.then(() => answer(request, response, { url, shown }))
  })

  const answer = (request: IncomingMessage, response: ServerResponse, { url, shown }: { readonly url: URL; readonly shown: string }) => {
    if (response.destroyed) return
    if (answering?.(request, response)) return
    const fault = faults.find(({ match, left }) => left > 0 && shown.includes(match ?? ''))
    if (fault) return fail(fault, response)
    if (url.pathname === '/apps/authorize/token') return void exchange(request, response)
    if (url.pathname === `/apps/${APP.id}/authorize`) return redirect(url, response)
    answerApi(request, response, url)
  }
  const fail = (fault: Fault, response: ServerResponse): void => {
    fault.left -= 1
    if (fault.cut) return void response.socket?.destroy()
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
    response.end(fault.body ?? JSON.stringify({ code: fault.status, message: 'Injected' }))
  }
  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const given = await fieldsOf(request)
    const isGood = given['client_id'] === APP.id && given['client_secret'] === APP.secret && codes.delete(given['code'] ?? '')
    if (!isGood) return send(response, 400, { error: 'invalid_grant', error_description: 'The code is invalid or was used' })
    send(response, 200, { access_token: self.token ?? '', token_type: 'bearer', scope: 'read_products,read_orders,read_customers', user_id: Number(SHOP_ID) })
  }
  const redirect = (url: URL, response: ServerResponse): void => {
    const to = new URL(consent.redirectTo)
    to.searchParams.set(consent.deny ? 'error' : 'code', consent.deny ? 'access_denied' : grantCode())
    to.searchParams.set('state', url.searchParams.get('state') ?? '')
    response.writeHead(302, { location: to.href }).end()
  }
  const answerApi = (request: IncomingMessage, response: ServerResponse, url: URL): void => {
    const refused = refusalOf(request, response)
    if (refused) {
      send(response, refused.code, refused)
      return
    }
    const path = url.pathname.startsWith(`/v1/${SHOP_ID}`) ? url.pathname.slice(`/v1/${SHOP_ID}`.length) : '/nowhere'
    const answer = answerShopRequest(data, { path, query: url.searchParams, baseUrl: self.baseUrl })
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body)
  }
  const refusalOf = (request: IncomingMessage, response: ServerResponse): { readonly code: number; readonly message: string } | undefined => {
    if (!request.headers['user-agent']) return { code: 400, message: 'Missing a valid User-Agent' }
    if (self.token === undefined || request.headers['authentication'] !== `bearer ${self.token}`) return { code: 401, message: 'Invalid access token' }
    const rate = bucket.take()
    for (const [name, value] of Object.entries(rate.headers)) response.setHeader(name, value)
    return rate.isAllowed ? undefined : { code: 429, message: 'Too Many Requests' }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const self: ShopServer = {
    baseUrl: `${origin}/v1/${SHOP_ID}`,
    host: `127.0.0.1:${port}`,
    apiUrl: `${origin}/v1`,
    authUrl: `${origin}/apps`,
    app: APP,
    token,
    log,
    requestsOf: (path) => log.filter((logged) => logged.path.split('?')[0] === path),
    clearLog: () => log.splice(0),
    failNext: (times, status, options = {}) => faults.push({ left: times, status, ...options }),
    answer: (next) => {
      answering = next
    },
    hold: (match) => {
      const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const hold: Hold = { match, released: released.promise, reach: reached.resolve }
      holds.add(hold)
      const release = () => {
        holds.delete(hold)
        released.resolve()
      }
      return { reached: reached.promise, release }
    },
    grantCode,
    consent: ({ redirectTo, deny = false }) => {
      consent = { redirectTo, deny }
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return self
}

/** So many requests fit; they leak out at a steady rate. */
class LeakyBucket {
  readonly #size: number
  readonly #leaksPerMs: number
  #level = 0
  #at = performance.now()

  constructor({ bucket, leaksPerSecond }: { readonly bucket: number; readonly leaksPerSecond: number }) {
    this.#size = bucket
    this.#leaksPerMs = leaksPerSecond / 1_000
  }

  take(): { readonly isAllowed: boolean; readonly headers: Readonly<Record<string, string>> } {
    const now = performance.now()
    this.#level = Math.max(0, this.#level - (now - this.#at) * this.#leaksPerMs)
    this.#at = now
    const isAllowed = this.#level + 1 <= this.#size
    if (isAllowed) this.#level += 1
    return {
      isAllowed,
      headers: {
        'x-rate-limit-limit': String(this.#size),
        'x-rate-limit-remaining': String(Math.floor(this.#size - this.#level)),
        'x-rate-limit-reset': String(Math.ceil(this.#level / this.#leaksPerMs)),
      },
    }
  }
}

async function fieldsOf(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const isJson = request.headers['content-type']?.startsWith('application/json')
  return isJson ? (JSON.parse(text) as Record<string, string>) : Object.fromEntries(new URLSearchParams(text))
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
