import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WebhookRecord } from './store/find-webhook.ts'
import type { WebhookInbox } from './webhook-inbox.ts'

export const WEBHOOK_ROUTE = '/webhooks/whatsapp/'
/** The largest that Meta sends. */
const LONGEST_EVENT = 3_145_728

interface RouteContext {
  readonly url: URL
}

/** GET verifies a webhook, POST brings events. Who asks without its address learns nothing, not even that there are webhooks. */
export function webhookRoutes(inbox: WebhookInbox) {
  const answer = async (request: IncomingMessage, response: ServerResponse, { url }: RouteContext): Promise<void> => {
    const webhook = await inbox.find(url.pathname.slice(WEBHOOK_ROUTE.length))
    if (!webhook) return refuse(request, response, 404, 'There is nothing at this address.')
    if (request.method === 'POST') return takeEvent(inbox, webhook, request, response)
    request.resume()
    const challenge = await inbox.verify(webhook, url.searchParams)
    if (challenge === undefined) return refuse(request, response, 403, 'This verifies nothing.')
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(challenge)
  }
  return (['GET', 'POST'] as const).map((method) => ({ method, prefix: WEBHOOK_ROUTE, handle: answer }))
}

async function takeEvent(inbox: WebhookInbox, webhook: WebhookRecord, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  if (body === undefined) {
    inbox.refused(webhook.storeId, 'size')
    return refuse(request, response, 413, 'The event is too large.')
  }
  const signature = request.headers['x-hub-signature-256']
  if (!(await inbox.take(webhook, { body, signature: typeof signature === 'string' ? signature : undefined })))
    return refuse(request, response, 403, 'The signature is not good.')
  response.writeHead(200)
  response.end()
}

/** `undefined`: it is too long; the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LONGEST_EVENT) return undefined
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_EVENT) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The rest of the request is not wanted, so the connection ends with the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, error: string): void {
  const isRead = request.method !== 'POST' || request.complete
  response.writeHead(status, { 'content-type': 'application/json', ...(isRead ? {} : { connection: 'close' }) })
  response.end(JSON.stringify({ error }))
}
