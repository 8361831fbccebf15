import type { IncomingMessage, ServerResponse } from 'node:http'
import { toTypeId } from '../../../../base/ids.ts'
import { escapeHtml } from '../../../../notifications/channels/email/message.ts'
import type { Callback, InstallOutcome } from './installs.ts'

/** Where the platform's consent page leads back to: a page for people, without scripts, that says what happens now. */
export const CALLBACK_ROUTE = '/oauth/tiendanube/callback'

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // The address holds a code: no link, cache or search engine gets it.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex',
}
const SECONDS_UNTIL_AGAIN = '10'

interface Page {
  readonly status: number
  readonly title: string
  readonly text: string
}

const AGAIN = 'Ask for a new link and open that.'

function pageOf(outcome: InstallOutcome): Page {
  if (outcome.kind === 'started') {
    const name = outcome.storeName ?? 'Your shop'
    const id = toTypeId('operation', outcome.operationId)
    return outcome.isRepeated
      ? { status: 200, title: `${name} is already being connected`, text: `This link was used before; nothing was started again. It is operation ${id}.` }
      : { status: 200, title: `${name} is being connected`, text: `You can close this page: progress is shown where you began. It is operation ${id}.` }
  }
  return PAGES[outcome.kind]
}

const PAGES: Readonly<Record<Exclude<InstallOutcome['kind'], 'started'>, Page>> = {
  connected: { status: 200, title: 'Your shop is connected already', text: 'This link was used before; nothing was started again.' },
  underWay: {
    status: 202,
    title: 'Your shop is being connected',
    text: 'This link is being used in this moment. Load this page again if you want to see how it went.',
  },
  busy: { status: 409, title: 'Not just now', text: 'Your access is kept, but the shop is being worked on. Load this page again in a few minutes.' },
  unavailable: { status: 503, title: 'The platform does not answer', text: 'Your consent was not lost. Load this page again in a moment.' },
  refused: { status: 400, title: 'The platform refuses this consent', text: `It is only good once and for a short time. ${AGAIN}` },
  denied: { status: 403, title: 'Your shop was not connected', text: `The consent was not given, and nothing has changed. ${AGAIN}` },
  unknown: { status: 410, title: 'This link is not good any more', text: `Links work once, and for ten minutes. ${AGAIN}` },
}

export interface CallbackRouteParams {
  finish(callback: Callback): Promise<InstallOutcome>
}

/** Its address holds a code and a state, so nothing of it is told to anybody. */
export function callbackRoutes(installs: CallbackRouteParams) {
  const handle = async (_request: IncomingMessage, response: ServerResponse, { url }: { readonly url: URL }): Promise<void> => {
    const [state, code, error] = ['state', 'code', 'error'].map((name) => url.searchParams.get(name)) as [string | null, string | null, string | null]
    const isHere = url.pathname === CALLBACK_ROUTE
    const page = pageOf(isHere ? await installs.finish({ state, code, error }) : { kind: 'unknown' })
    response.writeHead(page.status, { ...HEADERS, ...(page.status === 503 && { 'retry-after': SECONDS_UNTIL_AGAIN }) })
    response.end(htmlOf(page))
  }
  return [{ method: 'GET' as const, prefix: CALLBACK_ROUTE, handle }]
}

const htmlOf = ({ title, text }: Page): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>` +
  '<style>body{font:1rem/1.5 sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}</style></head>' +
  `<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></body></html>`
