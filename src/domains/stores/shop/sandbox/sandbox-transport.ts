import type { Clock } from '../../../../base/clock.ts'
import type { ShopTransport } from '../shop-transport.ts'
import { answerShopRequest } from './rest-shop.ts'
import type { ShopData } from './shop-data.ts'

/** Answers from inside this process; nothing is sent. */
export function sandboxTransport({ data, baseUrl, clock }: { readonly data: ShopData; readonly baseUrl: string; readonly clock: Clock }): ShopTransport {
  return ({ url, signal }) => {
    signal.throwIfAborted()
    const { search } = new URL(url)
    const path = url.slice(baseUrl.length).split('?')[0] ?? ''
    const answer = answerShopRequest(data, { path, query: new URLSearchParams(search), baseUrl })
    return Promise.resolve({ ...answer, headers: { ...answer.headers, date: new Date(clock.now()).toUTCString() } })
  }
}
