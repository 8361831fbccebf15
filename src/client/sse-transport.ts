import { EventStreamParser } from './event-stream.ts'
import { Retrying, type RetryingParams } from './retrying.ts'
import type { Token } from './token.ts'
import { ConnectionError, isUnauthenticated, type LiveRequest, type Result, type Sink, type Transport } from './transport.ts'

export interface SseTransportParams extends RetryingParams {
  readonly url: string
  readonly token: Token
  readonly fetch: typeof fetch
  /** Longest silence: the server says something every 12 s. Also how long the first byte may take, because some proxies collect answers. */
  readonly silenceMs: number
  readonly onConnected: () => void
  readonly onNeverConnected: (failures: number) => void
}

/** Subscriptions as server-sent events, where a proxy lets no WebSocket through: one request for each. */
export class SseTransport implements Transport {
  readonly #params: SseTransportParams
  #wasConnected = false

  constructor(params: SseTransportParams) {
    this.#params = params
  }

  subscribe(request: LiveRequest, sink: Sink): () => void {
    const ending = new AbortController()
    const signal = AbortSignal.any([ending.signal, this.#params.signal])
    void this.#run(request, sink, signal)
    return () => ending.abort()
  }

  async #run(request: LiveRequest, sink: Sink, signal: AbortSignal): Promise<void> {
    const retrying = new Retrying(this.#params)
    let refusals = 0
    while (!signal.aborted) {
      const end = await this.#read(request, signal, (result) => {
        retrying.reset()
        refusals = 0
        sink.next(result)
      }).catch((error: unknown) => ({ kind: 'lost', error }) as const)
      if (signal.aborted) return
      if (end.kind === 'complete') return sink.complete()
      const isForbidden = end.kind === 'refused' && isUnauthenticated(end.errors)
      if (end.kind === 'refused' && !isForbidden) return sink.error(end.errors)
      if (isForbidden) {
        refusals += 1
        this.#params.token.refuse()
      }
      const hope = retrying.wait(refusals > 1 ? 'forbidden' : 'unreachable', signal)
      if (!this.#wasConnected) this.#params.onNeverConnected(retrying.failures)
      if (!(await hope)) return sink.error(end.kind === 'refused' ? end.errors : new ConnectionError(end.error))
    }
  }

  async #read(request: LiveRequest, signal: AbortSignal, next: (result: Result) => void): Promise<StreamEnd> {
    const silence = new AbortController()
    const isAudible = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), this.#params.silenceMs)
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    isAudible()
    try {
      const response = await this.#open(request, AbortSignal.any([signal, silence.signal]))
      if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) return await refusalOf(response)
      return await this.#readBody(response.body, { isAudible, next })
    } finally {
      clearTimeout(timer)
      // Lets go of the connection, whatever was not read.
      silence.abort()
    }
  }

  async #open({ query, variables, prepared }: LiveRequest, signal: AbortSignal): Promise<Response> {
    const headers = { ...(await this.#params.token.headers()), 'content-type': 'application/json', accept: 'text/event-stream' }
    const operationName = prepared.operation.name?.value
    return this.#params.fetch(this.#params.url, { method: 'POST', headers, body: JSON.stringify({ query, variables, operationName }), signal })
  }

  async #readBody(body: ReadableStream<Uint8Array>, on: { readonly isAudible: () => void; readonly next: (result: Result) => void }): Promise<StreamEnd> {
    const parser = new EventStreamParser()
    const decoder = new TextDecoder()
    const reader = body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { kind: 'lost', error: new Error('the stream broke off') }
      this.#hear(on.isAudible)
      for (const { event, data } of parser.push(decoder.decode(value, { stream: true }))) {
        if (event === 'complete') return { kind: 'complete' }
        if (event !== 'next') continue
        const result = JSON.parse(data) as Result
        if (result.errors && !result.data) return { kind: 'refused', errors: result.errors }
        on.next(result)
      }
    }
  }

  #hear(isAudible: () => void): void {
    isAudible()
    if (this.#wasConnected) return
    this.#wasConnected = true
    this.#params.onConnected()
  }
}

type StreamEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'lost'; readonly error: unknown }
  | { readonly kind: 'refused'; readonly errors: NonNullable<Result['errors']> }

/** An answer that is no stream: errors of the server, or a page of some proxy. */
async function refusalOf(response: Response): Promise<StreamEnd> {
  const result = (await response.json().catch(() => undefined)) as Result | undefined
  return result?.errors ? { kind: 'refused', errors: result.errors } : { kind: 'lost', error: new Error(`HTTP ${response.status}`) }
}
