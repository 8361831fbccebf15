import type { JsonObject } from '../../../../base/json.ts'
import { CATALOGUE_KINDS, type CatalogueKind } from '../../records.ts'
import type { ShopCollection, ShopData } from './shop-data.ts'

/**
 * A shop's REST API over what it has: pages with their total, links and language, as Tiendanube's own documentation describes them. Nothing of HTTP and
 * nothing of tokens is in here, so that the sandbox answers by it inside the process, and a server on a port in tests.
 */
export interface RestRequest {
  /** Below the address of the shop's API: `/products`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Address of the shop's API, for links. */
  readonly baseUrl: string
}

export interface RestAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const DEFAULT_PER_PAGE = 30
const MOST_PER_PAGE = 200

export function answerShopRequest(data: ShopData, request: RestRequest): RestAnswer {
  if (request.path === '/store') return json(200, fieldsOf(data.store, request.query))
  const kind = CATALOGUE_KINDS.find((candidate) => request.path === `/${candidate}`)
  return kind ? answerPage(data.collections[kind], kind, request) : notFound('There is nothing at this address')
}

function answerPage(collection: ShopCollection, kind: CatalogueKind, { query, baseUrl }: RestRequest): RestAnswer {
  const [page, perPage] = [wholeOf(query.get('page'), 1), wholeOf(query.get('per_page'), DEFAULT_PER_PAGE)]
  if (page === undefined || perPage === undefined || perPage > MOST_PER_PAGE) {
    return json(422, { code: 422, message: 'Unprocessable Entity', description: `page and per_page (up to ${MOST_PER_PAGE}) must be whole numbers from 1` })
  }
  const indexes = changedSince(collection, query.get('updated_at_min'))
  const total = indexes?.length ?? collection.length
  const last = Math.ceil(total / perPage)
  if (page > last) return notFound(`Last page is ${last}`)
  const first = (page - 1) * perPage
  const items = Array.from({ length: Math.min(perPage, total - first) }, (_, at) =>
    fieldsOf(collection.itemAt(indexes ? (indexes[first + at] as number) : first + at), query),
  )
  const linkTo = (to: number, rel: string) => `<${baseUrl}/${kind}?${withPage(query, to)}>; rel="${rel}"`
  const links = [...(page < last ? [linkTo(page + 1, 'next'), linkTo(last, 'last')] : []), ...(page > 1 ? [linkTo(1, 'first'), linkTo(page - 1, 'prev')] : [])]
  return json(200, items, { 'x-total-count': String(total), ...(links.length > 0 && { link: links.join(', ') }) })
}

/** `undefined`: all of them. */
function changedSince(collection: ShopCollection, since: string | null): readonly number[] | undefined {
  if (since === null) return undefined
  const least = Date.parse(since)
  return Array.from({ length: collection.length }, (_, index) => index).filter((index) => collection.updatedAt(index) >= least)
}

function withPage(query: URLSearchParams, page: number): string {
  const next = new URLSearchParams(query)
  next.set('page', String(page))
  return next.toString()
}

function fieldsOf(item: JsonObject, query: URLSearchParams): JsonObject {
  const fields = query.get('fields')?.split(',')
  return fields ? Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name))) : item
}

function wholeOf(text: string | null, absent: number): number | undefined {
  if (text === null) return absent
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

const notFound = (description: string): RestAnswer => json(404, { code: 404, message: 'Not Found', description })

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): RestAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'x-main-language': 'es', ...headers },
  body: JSON.stringify(body),
})
