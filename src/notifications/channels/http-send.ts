import { AddressRefusedError, AnswerLostError, type GuardedHttp, type HttpAnswer, type HttpPost, NotConnectedError } from '../../gateways/guarded-http.ts'
import type { SendResult } from './channel.ts'

/** What answers over HTTP mean for a delivery, the same for all channels that speak it. */
const GONE = 410
const LONGEST_RETRY_AFTER_MS = 86_400_000
/** Not now: request timeout, too early, too many requests. */
const POSTPONING = new Set([408, 425, 429])

/** Posts and judges; `judge` sees answers with status 2xx only. */
export async function sendByHttp(http: GuardedHttp, post: HttpPost, judge: (answer: HttpAnswer) => SendResult): Promise<SendResult> {
  try {
    const answer = await http.post(post)
    return answer.status >= 200 && answer.status < 300 ? judge(answer) : judgeStatus(answer)
  } catch (error) {
    if (error instanceof AddressRefusedError) return { kind: 'refused', reason: error.message, disables: true }
    if (error instanceof NotConnectedError) return { kind: 'postponed', reason: error.message }
    if (error instanceof AnswerLostError) return { kind: 'unknown', reason: error.message }
    throw error
  }
}

function judgeStatus({ status, headers }: HttpAnswer): SendResult {
  const retryAfterMs = retryAfterOf(headers)
  if (POSTPONING.has(status) || status >= 500)
    return { kind: 'postponed', reason: `the receiver answered ${status}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (status >= 300 && status < 400)
    return { kind: 'refused', reason: `the receiver answered ${status}, a redirect, and redirects are not followed: use the final address`, disables: true }
  return { kind: 'refused', reason: `the receiver answered ${status}`, disables: status === GONE || status === 404 }
}

/** Milliseconds; a date counts from the answer's own clock. */
export function retryAfterOf(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.parse(headers['date'] ?? '')
  return Number.isFinite(ms) ? Math.min(Math.max(Math.ceil(ms), 0), LONGEST_RETRY_AFTER_MS) : undefined
}
