import type { GuardedHttp, HttpAnswer } from '../../../gateways/guarded-http.ts'
import type { Channel, SendParams, SendResult } from '../channel.ts'
import { sendByHttp } from '../http-send.ts'
import { isSlackId, parseSlackAddress } from './address.ts'
import { slackPayload } from './message.ts'

export interface SlackChannelParams {
  readonly http: GuardedHttp
  /** Absent: incoming webhooks only. */
  readonly botToken: string | undefined
  /** Such as `https://slack.com/api`. */
  readonly apiUrl: string
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

/** Slack: by incoming webhook, which can't edit, or by a bot, which edits the message that it posted. */
export function createSlackChannel(params: SlackChannelParams): Channel {
  const { http, botToken } = params
  return {
    name: 'slack',
    unavailable: undefined,
    provider: null,
    parseAddress: (text) => parseSlackAddress(http, botToken !== undefined, text),
    edits: isSlackId,
    send: (send) => (isSlackId(send.destination.address) ? sendByBot(params, send) : sendByWebhook(http, send)),
    close: async () => undefined,
  }
}

function sendByWebhook(http: GuardedHttp, { message, destination, signal }: SendParams): Promise<SendResult> {
  const post = { url: destination.address, headers: JSON_TYPE, body: JSON.stringify(slackPayload(message)), signal, isTrusted: destination.isTrusted }
  return sendByHttp(http, post, () => ({ kind: 'delivered', reference: null }))
}

async function sendByBot(params: SlackChannelParams, send: SendParams): Promise<SendResult> {
  if (params.botToken === undefined) return { kind: 'refused', reason: 'this server has no Slack bot any more', disables: true }
  const [channel, timestamp] = send.previous?.reference.split(' ') ?? []
  if (channel === undefined || timestamp === undefined) return call(params, 'chat.postMessage', { send, target: { channel: send.destination.address } })
  const edited = await call(params, 'chat.update', { send, target: { channel, ts: timestamp } })
  // What is written again is the same, so an edit may be repeated.
  if (edited.kind === 'unknown') return { kind: 'postponed', reason: edited.reason }
  const isGone = edited.kind === 'refused' && UNEDITABLE.has(edited.reason.slice(edited.reason.lastIndexOf(' ') + 1))
  return isGone ? call(params, 'chat.postMessage', { send, target: { channel: send.destination.address } }) : edited
}

/** Answers of chat.update after which a new message is right. */
const UNEDITABLE = new Set(['message_not_found', 'edit_window_closed', 'cant_update_message'])
/** The address is no good any more. */
const GONE = new Set(['channel_not_found', 'is_archived', 'user_not_found', 'not_in_channel', 'cannot_dm_bot', 'user_disabled'])
const POSTPONING = new Set([
  'ratelimited',
  'rate_limited',
  'service_unavailable',
  'internal_error',
  'fatal_error',
  'request_timeout',
  'invalid_auth',
  'token_expired',
  'token_revoked',
  'account_inactive',
])

interface SlackCall {
  readonly send: SendParams
  readonly target: Readonly<Record<string, string>>
}

function call({ http, botToken, apiUrl }: SlackChannelParams, method: string, { send, target }: SlackCall): Promise<SendResult> {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${botToken ?? ''}` }
  const body = JSON.stringify({ ...target, ...slackPayload(send.message) })
  return sendByHttp(http, { url: `${apiUrl}/${method}`, headers, body, signal: send.signal, isTrusted: true }, judge)
}

function judge({ body }: HttpAnswer): SendResult {
  const answer = parse(body)
  // It took the message, but not in words that we know: then there is nothing to edit later.
  if (!answer) return { kind: 'delivered', reference: null }
  if (answer['ok'] === true) {
    const { channel, ts } = answer
    return { kind: 'delivered', reference: typeof channel === 'string' && typeof ts === 'string' ? `${channel} ${ts}` : null }
  }
  const error = typeof answer['error'] === 'string' ? answer['error'].replaceAll(/[^\w-]/g, '').slice(0, 60) : 'nothing'
  if (POSTPONING.has(error)) return { kind: 'postponed', reason: `Slack answered ${error}` }
  return { kind: 'refused', reason: `Slack answered ${error}`, disables: GONE.has(error) }
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
