import { sleep } from './backoff.ts'
import { requestBody } from './request-body.ts'
import type { Token } from './token.ts'
import { ConnectionError, isPassing, isUnauthenticated, type Result } from './transport.ts'

export interface HttpParams {
  readonly url: string
  readonly token: Token
  readonly fetch: typeof fetch
  readonly tries: number
  readonly delayMs: (failures: number) => number
}

export interface HttpRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName?: string | undefined
}

/** Answers of proxies and of a server that is draining: nothing is known of the request, as if there had been no answer. */
const AWAY = new Set([502, 503, 504])

/** Queries and mutations over HTTP. */
export class Http {
  readonly #params: HttpParams

  constructor(params: HttpParams) {
    this.#params = params
  }

  /** One try. Throws `ConnectionError` when there was no answer. A refused token is replaced once. */
  async post(request: HttpRequest, signal: AbortSignal): Promise<Result> {
    const result = await this.#send(request, signal)
    if (!isUnauthenticated(result.errors ?? []) || this.#params.token.last === undefined) return result
    this.#params.token.refuse()
    return this.#send(request, signal)
  }

  /** As many tries as configured, for what may be sent again without doing anything twice. */
  async postRepeatedly(request: HttpRequest, signal: AbortSignal): Promise<Result> {
    for (let failures = 0; ; ) {
      const outcome = await this.post(request, signal).catch((error: unknown) => error as Error)
      const isOver = !(outcome instanceof Error) && !(outcome.errors && isPassing(outcome.errors))
      failures += 1
      if (isOver || failures > this.#params.tries || signal.aborted) {
        if (outcome instanceof Error) throw outcome
        return outcome
      }
      await sleep(this.#params.delayMs(failures), signal)
    }
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<Result> {
    const { body, headers: described } = requestBody(request)
    const headers = { ...(await this.#params.token.headers()), ...described, accept: 'application/json' }
    try {
      const response = await this.#params.fetch(this.#params.url, { method: 'POST', headers, body, signal })
      if (AWAY.has(response.status)) throw new Error(`HTTP ${response.status}`)
      return (await response.json()) as Result
    } catch (error) {
      throw new ConnectionError(error)
    }
  }
}
