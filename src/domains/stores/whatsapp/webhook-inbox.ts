import { createHash, timingSafeEqual } from 'node:crypto'
import type { Database } from '../../../database/database.ts'
import type { MessageGateway, WebhookEvent } from '../../../gateways/message-gateway.ts'
import { parseVerification } from '../../../gateways/webhook-protocol.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import './facts.ts'
import { findWebhook, type WebhookRecord } from './store/find-webhook.ts'
import { noteChallenge, noteEvent } from './store/note-webhook.ts'

export interface WebhookInboxParams {
  readonly database: Database
  readonly telemetry: Telemetry
  readonly gateway: MessageGateway
}

/** As random keys of addresses are written; anything else is none and costs no look into the database. */
const WEBHOOK_KEY = /^[\w-]{32}$/

export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/** What comes to webhooks: requests that verify them, and events. The same from the network and from inside. */
export class WebhookInbox {
  readonly #params: WebhookInboxParams

  constructor(params: WebhookInboxParams) {
    this.#params = params
  }

  async find(webhookKey: string): Promise<WebhookRecord | undefined> {
    return WEBHOOK_KEY.test(webhookKey) ? findWebhook(this.#params.database, webhookKey) : undefined
  }

  /** The challenge to answer with; `undefined`: it is no verification request, or its token is wrong. That it came is durable before the answer. */
  async verify(webhook: WebhookRecord, query: URLSearchParams): Promise<string | undefined> {
    const { database, telemetry } = this.#params
    const request = parseVerification(query)
    const { storeId, verifyTokenHash } = webhook
    if (!request || !timingSafeEqual(hashOfToken(request.verifyToken), verifyTokenHash)) {
      telemetry.emit('whatsapp.webhook.refused', { storeId, reason: 'verify token' })
      return undefined
    }
    if (webhook.challengedAt === null) await noteChallenge(database, storeId, verifyTokenHash)
    telemetry.emit('whatsapp.webhook.verified', { storeId })
    return request.challenge
  }

  /** False: the gateway did not send it. Of an event we keep that it came; a repetition changes nothing. */
  async take({ storeId }: WebhookRecord, event: WebhookEvent): Promise<boolean> {
    const { database, gateway } = this.#params
    if (gateway.isAuthentic?.(event) !== true) {
      this.refused(storeId, 'signature')
      return false
    }
    await noteEvent(database, storeId)
    return true
  }

  refused(storeId: string, reason: 'signature' | 'size'): void {
    this.#params.telemetry.emit('whatsapp.webhook.refused', { storeId, reason })
  }
}
