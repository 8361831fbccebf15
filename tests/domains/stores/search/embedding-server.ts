import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toWords } from '../../../../src/domains/stores/search/question.ts'

/** A provider in OpenAI's shape on this machine. What texts mean is made of a few ideas; each is a dimension. */
const IDEAS = [
  'linterna headlamp torch oscuridad dark night noche',
  'carpa tent acampar camping outdoors',
  'taza mug drink beber coffee cafe',
  'zapatillas sneakers shoes feet pies',
  'lluvia rain wet mojarme impermeable waterproof',
].map((words) => new Set(words.split(' ')))

export interface EmbeddingServer {
  readonly url: string
  /** Texts of each request that was answered, and its headers. */
  readonly requests: { readonly texts: readonly string[]; readonly authorization: string | undefined; readonly model: string }[]
  /** Answers with this status, or with this body, as often as said. */
  fail(how: { readonly status?: number; readonly body?: string; readonly times: number }): void
  close(): Promise<void>
}

/** The last dimension is what all texts share, so that none is nothing. */
const pointOf = (text: string): number[] => {
  const words = toWords(text)
  return [...IDEAS.map((idea) => words.filter((word) => idea.has(word)).length), 0.05]
}

export async function embeddingServer(): Promise<EmbeddingServer> {
  const requests: EmbeddingServer['requests'] = []
  let failure: { status?: number; body?: string; times: number } = { times: 0 }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (failure.times > 0) {
        failure = { ...failure, times: failure.times - 1 }
        response.writeHead(failure.status ?? 200).end(failure.body ?? `no: ${request.headers.authorization}`)
        return
      }
      const { input, model } = JSON.parse(body) as { input: string[]; model: string }
      requests.push({ texts: input, authorization: request.headers.authorization, model })
      // In an order of its own, as the protocol allows.
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: pointOf(text) })).toReversed()
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', model, data }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`,
    requests,
    fail(how) {
      failure = { ...how }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
