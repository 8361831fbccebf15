import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { STRICT_HEADERS } from './answers.ts'

/** A ready-made tab: a document, and where useful its variables as JSON text. */
export interface GraphiqlTab {
  readonly query: string
  readonly variables?: string
  readonly headers?: string
}

interface Page {
  readonly etag: string
  readonly policy: string
  readonly encodings: Readonly<Record<'br' | 'gzip' | 'identity', Buffer>>
}

/**
 * GraphiQL without any request to other sites. The page is 9 MB of text, so it is put together once, when first asked for,
 * kept compressed, and answered with 304 to whoever has it.
 */
export class GraphiqlPage {
  readonly #tabs: readonly GraphiqlTab[]
  readonly #endpoint: string
  #page: Promise<Page> | undefined

  constructor(endpoint: string, tabs: readonly GraphiqlTab[]) {
    this.#endpoint = endpoint
    this.#tabs = tabs
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#page ??= this.#prepare()
    const page = await this.#page
    const headers = { ...STRICT_HEADERS, 'content-security-policy': page.policy, 'cache-control': 'no-cache', etag: page.etag, vary: 'Accept, Accept-Encoding' }
    if (request.headers['if-none-match'] === page.etag) {
      response.writeHead(304, headers)
      response.end()
      return
    }
    const encoding = preferredEncoding(request.headers['accept-encoding'])
    const body = page.encodings[encoding]
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-length': body.length,
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
    })
    response.end(body)
  }

  async #prepare(): Promise<Page> {
    // Loaded here, because the module is as large as the page and most processes never show it.
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    const html = renderGraphiQL({ title: 'Batuta', endpoint: this.#endpoint, subscriptionsProtocol: 'WS', defaultTabs: this.#tabs.map((tab) => ({ ...tab })) })
    const identity = Buffer.from(html)
    const [br, gz] = await Promise.all([
      // Quality 5: 9 MB in under a second; 11 takes half a minute for a few percent.
      promisify(brotliCompress)(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: identity.length } }),
      promisify(gzip)(identity),
    ])
    return { etag: `"${createHash('sha256').update(identity).digest('base64url')}"`, policy: policyFor(html), encodings: { br, gzip: gz, identity } }
  }
}

/** Only the scripts of this very page run, named by their hashes; the editor's workers are blobs that they make. */
function policyFor(html: string): string {
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    (match) =>
      `'sha256-${createHash('sha256')
        .update(match[1] ?? '')
        .digest('base64')}'`,
  )
  return [
    "default-src 'none'",
    `script-src ${scripts.join(' ')} blob:`,
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self' ws: wss:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function preferredEncoding(accepted: string | undefined): 'br' | 'gzip' | 'identity' {
  const names = (accepted ?? '').split(',').map((part) => part.trim().split(';')[0])
  if (names.includes('br')) return 'br'
  return names.includes('gzip') ? 'gzip' : 'identity'
}

/** A person's browser asks for the page; a client's GET carries a query. */
export const wantsPage = (request: IncomingMessage, url: URL): boolean =>
  request.method === 'GET' && (request.headers.accept?.includes('text/html') ?? false) && !url.searchParams.has('query')
