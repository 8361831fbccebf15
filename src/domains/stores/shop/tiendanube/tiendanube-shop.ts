import { z } from 'zod'
import type { Clock } from '../../../../base/clock.ts'
import { PermanentError } from '../../../../base/errors.ts'
import type { CatalogueKind } from '../../records.ts'
import type { PageRequest, ShopApi, ShopCustomer, ShopInfo, ShopOrder, ShopPage, ShopProduct } from '../shop-api.ts'
import { ShopUnauthorizedError, ShopUnavailableError } from '../shop-errors.ts'
import type { ShopAnswer, ShopTransport } from '../shop-transport.ts'
import { isPageOf, nextPageOf } from './next-page.ts'
import { type Reading, readCustomer, readId, readOrder, readProduct, readStore } from './parse-items.ts'
import { PatientGet, type PatientGetParams } from './patient-get.ts'
import { languageOf } from './values.ts'

/** A shop on Tiendanube (Nuvemshop), by its public REST API. */
export interface TiendanubeShopParams extends Pick<PatientGetParams, 'random' | 'onWait'> {
  /** `https://api.tiendanube.com/v1/<id of the shop>`, without a slash at its end. */
  readonly baseUrl: string
  readonly token: string
  /** Who we are, with an address to reach us: the API refuses requests without it. */
  readonly userAgent: string
  readonly transport: ShopTransport
  readonly clock: Clock
  /** How the shop is called in messages; by default by its host. */
  readonly calledBy?: string | undefined
  /** What texts and amounts are in that say nothing of it. */
  readonly language?: string | null | undefined
  readonly currency?: string | null | undefined
}

/** The most that the API gives. */
const PER_PAGE = '200'
/** The documentation doesn't say whether the bound itself is included. */
const BOUND_MARGIN_MS = 1_000
const PAYMENT_REQUIRED = 402

export class TiendanubeShop implements ShopApi {
  readonly #params: TiendanubeShopParams
  readonly #host: string
  readonly #get: PatientGet

  constructor(params: TiendanubeShopParams) {
    const { transport, clock, random, onWait } = params
    this.#params = params
    this.#host = params.calledBy ?? new URL(params.baseUrl).host
    this.#get = new PatientGet({ transport, clock, host: this.#host, random, onWait })
  }

  async info(signal: AbortSignal): Promise<ShopInfo> {
    const answer = await this.#ask('/store', signal)
    if (answer.status === 404) throw new PermanentError('NO_SHOP', `There is no shop at this address of ${this.#host}: check the address of its API.`)
    const body = this.#jsonOf(this.#successOf(answer))
    return this.#read('store', body, () => readStore(body, this.#languageOf(answer)))
  }

  products(request: PageRequest): Promise<ShopPage<ShopProduct>> {
    // New ones come last, so that they move none from one page to another.
    return this.#page('products', request, { read: readProduct, query: { sort_by: 'created-at-ascending' } })
  }

  orders(request: PageRequest): Promise<ShopPage<ShopOrder>> {
    return this.#page('orders', request, { read: readOrder })
  }

  customers(request: PageRequest): Promise<ShopPage<ShopCustomer>> {
    return this.#page('customers', request, { read: readCustomer })
  }

  ids(kind: CatalogueKind, request: PageRequest): Promise<ShopPage<string>> {
    return this.#page(kind, request, { read: readId, query: { fields: 'id', ...(kind === 'products' && { sort_by: 'created-at-ascending' }) } })
  }

  async #page<Item>(kind: CatalogueKind, request: PageRequest, { read, query }: PageReading<Item>): Promise<ShopPage<Item>> {
    const page = request.page ?? firstPage(kind, { ...query, ...sinceOf(request.changedSince) })
    if (!isPageOf(page, kind)) throw new ShopUnavailableError(`expected a page of ${kind} such as /${kind}?page=2, got another text`)
    const answer = await this.#ask(page, request.signal)
    const at = this.#dateOf(answer)
    if (answer.status === 404) return { items: [], total: this.#totalBeyond(answer, page), next: undefined, at }
    const items = this.#jsonOf(this.#successOf(answer))
    if (!Array.isArray(items)) throw new ShopUnavailableError(`${this.#host} answers with something else than a list of ${kind}`)
    const reading: Reading = { language: this.#languageOf(answer), currency: this.#params.currency ?? '' }
    return {
      items: items.map((item: unknown, index) => this.#read(nameOf(kind, item, index), item, () => read(item, reading))),
      total: wholeOf(answer.headers['x-total-count']) ?? items.length,
      next: nextPageOf(answer.headers['link'], this.#params.baseUrl, kind),
      at,
    }
  }

  #ask(path: string, signal: AbortSignal): Promise<ShopAnswer> {
    const { baseUrl, token, userAgent } = this.#params
    const headers = { authentication: `bearer ${token}`, 'user-agent': userAgent, accept: 'application/json' }
    return this.#get.get({ url: `${baseUrl}${path}`, headers, signal })
  }

  #successOf(answer: ShopAnswer): ShopAnswer {
    const { status } = answer
    if (status === 401 || status === 403) throw new ShopUnauthorizedError(this.#host)
    if (status === PAYMENT_REQUIRED) throw new ShopUnavailableError(`${this.#host} answers 402: the shop, or the app in it, is not paid for`)
    if (status < 200 || status >= 300) throw new ShopUnavailableError(`${this.#host} answers ${status}, which we do not understand`)
    return answer
  }

  #jsonOf({ body }: ShopAnswer): unknown {
    try {
      return JSON.parse(body)
    } catch (error) {
      throw new ShopUnavailableError(`${this.#host} answers with something else than JSON`, { cause: error })
    }
  }

  /** A page after the last, which also is what an empty list gives. Any other 404 could be a failure, and must not empty a catalogue. */
  #totalBeyond(answer: ShopAnswer, page: string): number {
    const last = /last page is (\d{1,9})\b/i.exec(answer.body)?.[1]
    if (last === undefined) throw new ShopUnavailableError(`${this.#host} answers 404 where its list of ${page.slice(1).split('?')[0] ?? ''} was`)
    const perPage = wholeOf(new URLSearchParams(page.split('?')[1]).get('per_page') ?? PER_PAGE)
    return wholeOf(answer.headers['x-total-count']) ?? Number(last) * (perPage ?? 1)
  }

  #read<Value>(what: string, given: unknown, read: () => Value): Value {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error
      const [issue] = error.issues
      const where = issue && issue.path.length > 0 ? `, ${issue.path.join('.')}` : ''
      throw new ShopUnavailableError(`${this.#host} gives a ${what} that we do not understand${where}: ${issue?.message ?? typeof given}`, { cause: error })
    }
  }

  #languageOf({ headers }: ShopAnswer): string {
    return languageOf(headers['x-main-language'] ?? '') ?? this.#params.language ?? 'es'
  }

  /** Without a date of the shop, ours. */
  #dateOf({ headers }: ShopAnswer): Date {
    const at = Date.parse(headers['date'] ?? '')
    return new Date(Number.isNaN(at) ? this.#params.clock.now() : at)
  }
}

interface PageReading<Item> {
  readonly read: (item: unknown, reading: Reading) => Item
  readonly query?: Readonly<Record<string, string>>
}

const firstPage = (kind: CatalogueKind, query: Readonly<Record<string, string>>): string =>
  `/${kind}?${new URLSearchParams({ page: '1', per_page: PER_PAGE, ...query }).toString()}`

const sinceOf = (since: Date | undefined): Readonly<Record<string, string>> =>
  since ? { updated_at_min: `${new Date(since.getTime() - BOUND_MARGIN_MS).toISOString().slice(0, 19)}+00:00` } : {}

const wholeOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined)

/** By its id where it has one: "product 1234". */
function nameOf(kind: CatalogueKind, item: unknown, index: number): string {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined
  const known = typeof id === 'number' || (typeof id === 'string' && /^[\w-]{1,64}$/.test(id)) ? String(id) : `number ${index + 1} of a page`
  return `${kind.slice(0, -1)} ${known}`
}
