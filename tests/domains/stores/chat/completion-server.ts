import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A local server that speaks the chat completions of OpenAI's API, or breaks in the ways that such servers do. */
export interface CompletionServer {
  readonly url: string
  readonly requests: CompletionRequest[]
  /** What it does next and from then on. */
  behave(answer: (response: ServerResponse) => void): void
  close(): Promise<void>
}

export interface CompletionRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: string }[] }
}

export const sayJson =
  (value: unknown, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
  }
export const say = (content: unknown) =>
  sayJson({ id: 'chatcmpl-1', object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content } }] })

export async function completionServer(): Promise<CompletionServer> {
  const requests: CompletionRequest[] = []
  let answer = say('Tenemos la remera lisa.')
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body: JSON.parse(body) as CompletionRequest['body'] })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`,
    requests,
    behave: (next) => {
      answer = next
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
