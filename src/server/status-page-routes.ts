import type { IncomingMessage, ServerResponse } from 'node:http'
import { PAGE_FRESH_MS, type StatusPage } from '../status/page/status-page.ts'
import { sendJson } from './answers.ts'
import type { Route } from './router.ts'

const FRESH_SECONDS = Math.ceil(PAGE_FRESH_MS / 1_000)

/** The status page for the world outside, as programs that read status pages expect it. */
export const statusPageRoutes = (page: StatusPage): readonly Route[] => [
  statusRoute('/api/v2/status.json', page, ({ page: facts, status }) => ({ page: facts, status })),
  statusRoute('/api/v2/summary.json', page, (summary) => summary),
]

type Summary = Awaited<ReturnType<StatusPage['at']>>['summary']

const statusRoute = (prefix: string, page: StatusPage, shape: (summary: Summary) => object): Route => ({
  method: 'GET',
  prefix,
  isPublic: true,
  handle: async (request, response) => {
    const { summary, etag } = await page.at(addressOf(request))
    response.setHeader('cache-control', `public, max-age=${FRESH_SECONDS}`)
    response.setHeader('etag', etag)
    if (request.headers['if-none-match'] === etag) return notModified(response)
    sendJson(response, { status: 200, body: shape(summary) })
  },
})

function notModified(response: ServerResponse): void {
  response.writeHead(304)
  response.end()
}

/** Where it was asked for; a proxy in front says whether that was over TLS. */
const addressOf = ({ headers }: IncomingMessage): string =>
  `${headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'}://${/^[\w.:[\]-]+$/.exec(headers.host ?? '')?.[0] ?? 'localhost'}`
