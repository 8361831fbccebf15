import type { GuardedHttp } from '../../../gateways/guarded-http.ts'

/** How the requests of a shop's client travel: over HTTP, or to a sandbox shop inside this process. Rejects where no whole answer came; any status is an answer. */
export type ShopTransport = (request: ShopRequest) => Promise<ShopAnswer>

export interface ShopRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface ShopAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `isTrusted`: the operator configured this address, so it may be private. */
export const httpTransport =
  (http: GuardedHttp, isTrusted: boolean): ShopTransport =>
  (request) =>
    http.get({ ...request, isTrusted })
