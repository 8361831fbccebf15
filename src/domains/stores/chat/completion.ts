import { z } from 'zod'
import type { Clock } from '../../../base/clock.ts'
import { BatutaError } from '../../../base/errors.ts'
import { GuardedHttp, type HttpAnswer } from '../../../gateways/guarded-http.ts'

/** A provider that words answers: any endpoint that speaks the chat completions of OpenAI's API. */
export interface CompletionSettings {
  /** Whole address of the endpoint, of the operator's configuration. */
  readonly url: string
  /** Sent as bearer token. */
  readonly apiKey: string | undefined
  readonly model: string
  /** For a whole answer. */
  readonly timeoutMs: number
}

export interface CompletionMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface ChatCompletion {
  /** What the provider says. Throws `CompletionError`. */
  complete(messages: readonly CompletionMessage[]): Promise<string>
}

export type CompletionFailure = 'timeout' | 'unreachable' | 'refused' | 'unusable'

/** No answer that can be used. Says nothing of what the provider sent: it may quote the key. */
export class CompletionError extends BatutaError {
  readonly failure: CompletionFailure
  /** Of HTTP, where there was an answer. */
  readonly status: number | null

  constructor(failure: CompletionFailure, status: number | null, options?: ErrorOptions) {
    super(
      'COMPLETION_FAILED',
      `expected an answer of the chat-completion provider, got none (${failure}${status === null ? '' : `, status ${status}`})`,
      options,
    )
    this.failure = failure
    this.status = status
  }
}

const RESPONSE_BYTES = 256 * 1024
const CONNECT_MS = 5_000
const MOST_TOKENS = 600
/** Longer replies are cut. */
export const LONGEST_REPLY = 4_000

const answerSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) })

export function createChatCompletion({ clock, ...settings }: CompletionSettings & { readonly clock: Clock }): ChatCompletion {
  const { url, apiKey, model, timeoutMs } = settings
  const http = new GuardedHttp({
    limits: { connectMs: Math.min(CONNECT_MS, timeoutMs), headersMs: timeoutMs, bodyMs: timeoutMs, responseBytes: RESPONSE_BYTES },
  })
  const post = async (body: string): Promise<HttpAnswer> => {
    const overdue = new AbortController()
    const stopTimer = clock.after(timeoutMs, () => overdue.abort())
    const headers = { 'content-type': 'application/json', accept: 'application/json', ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) }
    try {
      const answer = await http.post({ url, headers, body, signal: overdue.signal, isTrusted: true })
      // An answer that breaks off comes without its body.
      overdue.signal.throwIfAborted()
      return answer
    } catch (cause) {
      throw new CompletionError(overdue.signal.aborted ? 'timeout' : 'unreachable', null, { cause })
    } finally {
      stopTimer()
    }
  }
  return {
    complete: async (messages) => {
      const { status, body } = await post(JSON.stringify({ model, messages, max_tokens: MOST_TOKENS, temperature: 0.2, stream: false }))
      if (status !== 200) throw new CompletionError('refused', status)
      const text = textOf(body)
      if (text === undefined) throw new CompletionError('unusable', status)
      return text
    },
  }
}

/** The first choice, as text that the database can keep. */
function textOf(body: string): string | undefined {
  const parsed = answerSchema.safeParse(parseJson(body))
  const text = parsed.data?.choices[0]?.message.content.replaceAll('\u0000', '').toWellFormed().trim()
  return text ? text.slice(0, LONGEST_REPLY).toWellFormed() : undefined
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
