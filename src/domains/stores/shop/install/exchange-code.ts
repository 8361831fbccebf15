import { z } from 'zod'
import { AnswerLostError, type GuardedHttp, NotConnectedError } from '../../../../gateways/guarded-http.ts'
import { id } from '../tiendanube/values.ts'

/** From the code of a consent to an access token (OAuth 2, authorization code). */
export interface ExchangeParams {
  readonly http: GuardedHttp
  readonly authUrl: string
  readonly app: { readonly id: string; readonly secret: string }
  readonly code: string
}

export type Exchange =
  | { readonly kind: 'token'; readonly token: string; readonly shopId: string }
  /** The code is not good, or our app is not; asking again can't help. */
  | { readonly kind: 'refused' }
  /** Nobody knows; the code may still be good. */
  | { readonly kind: 'unavailable' }

const answer = z.object({ access_token: z.string().regex(/^[\x21-\x7e]{1,4096}$/), user_id: id.refine((value) => /^[\w-]{1,40}$/.test(value)) })

/** Never rejects for what the platform answers. The operator configured the address, so it is trusted. */
export async function exchangeCode({ http, authUrl, app, code }: ExchangeParams): Promise<Exchange> {
  const body = new URLSearchParams({ client_id: app.id, client_secret: app.secret, grant_type: 'authorization_code', code }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  try {
    const { status, body: text } = await http.post({ url: `${authUrl}/authorize/token`, headers, body, isTrusted: true })
    if (status === 429 || status === 408 || status >= 500) return { kind: 'unavailable' }
    const parsed = status >= 200 && status < 300 ? answer.safeParse(jsonOf(text)) : undefined
    return parsed?.success ? { kind: 'token', token: parsed.data.access_token, shopId: parsed.data.user_id } : { kind: 'refused' }
  } catch (error) {
    if (error instanceof NotConnectedError || error instanceof AnswerLostError) return { kind: 'unavailable' }
    throw error
  }
}

/** `undefined` for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
