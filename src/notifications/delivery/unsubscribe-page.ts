import type { IncomingMessage, ServerResponse } from 'node:http'
import { escapeHtml } from '../channels/email/message.ts'
import { UNSUBSCRIBE_ROUTE, type Unsubscribing } from './unsubscribing.ts'

/** A page without scripts; its only form goes to the address that it came from. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // With none at all a browser would send the form as from nowhere, and that is refused.
  'referrer-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}

const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>` +
  `<style>body{font:1rem/1.5 sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}</style></head>` +
  `<body><h1>${escapeHtml(title)}</h1>${content}</body></html>`

interface PageContext {
  readonly url: URL
}

/** GET shows a button, so that programs that open links turn nothing off; POST, from the button or from a mail program's own, does. */
export function unsubscribeRoutes(unsubscribing: Unsubscribing) {
  const answer = async (request: IncomingMessage, response: ServerResponse, { url }: PageContext): Promise<void> => {
    request.resume()
    const token = url.searchParams.get('token') ?? ''
    const wish = await unsubscribing.read(token)
    const what = wish?.category == null ? 'all mails about notifications' : `mails about ${wish.category} notifications`
    if (!wish) return send(response, 404, page('This link is not good', '<p>Open the preferences of your notifications instead.</p>'))
    if (request.method === 'POST') {
      await unsubscribing.apply(wish)
      return send(response, 200, page('Done', `<p>You get no ${what} any more. Your preferences turn them on again.</p>`))
    }
    const action = escapeHtml(`${url.pathname}${url.search}`)
    send(
      response,
      200,
      page('Turn these mails off?', `<form method="post" action="${action}"><p>You will get no ${what} any more.</p><button>Turn off</button></form>`),
    )
  }
  return (['GET', 'POST'] as const).map((method) => ({ method, prefix: UNSUBSCRIBE_ROUTE, handle: answer }))
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, HEADERS)
  response.end(text)
}
