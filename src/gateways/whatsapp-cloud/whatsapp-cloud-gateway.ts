import { AnswerLostError, GuardedHttp, NotConnectedError } from '../guarded-http.ts'
import type { GatewayMessage, GatewayResult, MessageGateway, RegistrationResult, WebhookEvent, WebhookRegistration } from '../message-gateway.ts'
import { isSignedWith } from '../webhook-protocol.ts'
import { type Judged, judgeAnswer, propertyOf } from './judge-answer.ts'

export interface WhatsappCloudSettings {
  /** With its version, without a slash at its end: `https://graph.facebook.com/v26.0`. */
  readonly apiUrl: string
  readonly token: string
  /** The sender. */
  readonly phoneNumberId: string
  readonly businessAccountId: string
  /** Signs what the API reports. */
  readonly appSecret: string
  /** Carries texts at any time; absent: they go as they are, which the API allows within 24 hours after the receiver wrote. */
  readonly template: WhatsappTemplate | undefined
}

/** A template that was approved for the business account, with one variable in its body. */
export interface WhatsappTemplate {
  readonly name: string
  /** As the API spells it, such as `es_AR`. */
  readonly language: string
}

const LONGEST_TEXT = 4_096
/** The text of a template and its variable may have 1,024 characters together. */
const LONGEST_VARIABLE = 900
/** A registration is answered after the API has called us back. */
const ANSWER_WITHIN_MS = 30_000
/** Beyond it the API cuts nothing, it refuses. */
const LONGEST_WEBHOOK_URL = 200

/** The WhatsApp Cloud API of Meta: its messages, and its webhook for one business account. */
export class WhatsappCloudGateway implements MessageGateway {
  readonly name = 'whatsapp-cloud'
  readonly isSandbox = false
  readonly #settings: WhatsappCloudSettings
  readonly #http: GuardedHttp

  constructor(settings: WhatsappCloudSettings, http: GuardedHttp = new GuardedHttp({ limits: { headersMs: ANSWER_WITHIN_MS } })) {
    this.#settings = settings
    this.#http = http
  }

  /** The API knows no idempotency key: the id goes along to be recognised in what is reported later. */
  async send({ id, to, text, signal }: GatewayMessage): Promise<GatewayResult> {
    const content = { messaging_product: 'whatsapp', recipient_type: 'individual', to, ...this.#content(text), biz_opaque_callback_data: id }
    const judged = await this.#post(`${this.#settings.phoneNumberId}/messages`, content, signal)
    if (judged.kind !== 'answered') return judged
    const messages = propertyOf(judged.body, 'messages')
    const providerId = Array.isArray(messages) ? propertyOf(messages[0], 'id') : undefined
    return typeof providerId === 'string' ? { kind: 'accepted', providerId } : { kind: 'unknown', reason: 'the provider answered without the id of a message' }
  }

  /** Before it answers, the API asks the address for its challenge. */
  async registerWebhook({ url, verifyToken, signal }: WebhookRegistration): Promise<RegistrationResult> {
    if (url.length > LONGEST_WEBHOOK_URL)
      return {
        kind: 'refused',
        code: 'ADDRESS_TOO_LONG',
        meaning: `the webhook's address may have ${LONGEST_WEBHOOK_URL} characters: PUBLIC_URL is too long`,
        isRetryable: false,
      }
    const content = { override_callback_uri: url, verify_token: verifyToken }
    const judged = await this.#post(`${this.#settings.businessAccountId}/subscribed_apps`, content, signal)
    if (judged.kind !== 'answered') return judged
    return propertyOf(judged.body, 'success') === true
      ? { kind: 'accepted' }
      : { kind: 'unknown', reason: 'the provider did not say whether it took the webhook' }
  }

  isAuthentic({ body, signature }: WebhookEvent): boolean {
    return isSignedWith(this.#settings.appSecret, body, signature)
  }

  #content(text: string): object {
    const { template } = this.#settings
    if (!template) return { type: 'text', text: { preview_url: false, body: text.slice(0, LONGEST_TEXT) } }
    // Variables of templates may hold no line breaks, and no more than four blanks in a row.
    const variable = text
      .replaceAll(/\s*\n\s*/g, ' · ')
      .replaceAll(/\s{2,}/g, ' ')
      .slice(0, LONGEST_VARIABLE)
    const components = [{ type: 'body', parameters: [{ type: 'text', text: variable }] }]
    return { type: 'template', template: { name: template.name, language: { code: template.language }, components } }
  }

  async #post(path: string, content: object, signal: AbortSignal | undefined): Promise<Judged> {
    try {
      const answer = await this.#http.post({
        url: `${this.#settings.apiUrl}/${path}`,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#settings.token}` },
        body: JSON.stringify(content),
        isTrusted: true,
        ...(signal && { signal }),
      })
      return judgeAnswer(answer)
    } catch (error) {
      if (error instanceof NotConnectedError) return { kind: 'refused', code: error.code, meaning: error.message, isRetryable: true }
      if (error instanceof AnswerLostError) return { kind: 'unknown', reason: error.message }
      throw error
    }
  }
}
