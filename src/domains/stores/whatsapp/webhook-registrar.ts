import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../base/clock.ts'
import { BatutaError, PermanentError } from '../../../base/errors.ts'
import type { Database } from '../../../database/database.ts'
import type { StepRun } from '../../../engine/run.ts'
import type { MessageGateway } from '../../../gateways/message-gateway.ts'
import type { AnyRun } from '../search/search-index.ts'
import { errorOfRefusal } from './gateway-refusal.ts'
import { confirmNumber } from './store/confirm-number.ts'
import { readWebhook } from './store/find-webhook.ts'
import { registerWebhook } from './store/register-webhook.ts'
import { hashOfToken, type WebhookInbox } from './webhook-inbox.ts'
import { WEBHOOK_ROUTE } from './webhook-routes.ts'

export interface WebhookPatience {
  /** How long the verification request may take to come after the gateway took the address. */
  readonly totalMs: number
  /** Between two looks; doubles up to `longestPauseMs`. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

const PATIENCE: WebhookPatience = { totalMs: 60_000, firstPauseMs: 50, longestPauseMs: 2_000 }
const KEY_BYTES = 24

export interface WebhookRegistrarParams {
  readonly database: Database
  readonly clock: Clock
  readonly gateway: MessageGateway
  readonly inbox: WebhookInbox
  readonly publicUrl: string | undefined
  readonly patience: Partial<WebhookPatience> | undefined
}

/**
 * Registers a store's webhook and waits until the gateway has verified it: only the request that comes back proves that reports will arrive. A registration
 * that was cut off is made again with another token, which replaces it at the gateway and here.
 */
export class WebhookRegistrar {
  readonly #params: WebhookRegistrarParams
  readonly #patience: WebhookPatience

  constructor(params: WebhookRegistrarParams) {
    this.#params = params
    this.#patience = { ...PATIENCE, ...params.patience }
  }

  async configure(run: AnyRun, step: StepRun, { storeId, phone }: { readonly storeId: string; readonly phone: string }): Promise<{ webhookUrl: string }> {
    const { database, gateway } = this.#params
    const known = await readWebhook(database, storeId)
    // An earlier run of this step got through, and ended before it could say so.
    if (known?.verifiedBy === run.id) return { webhookUrl: this.#urlOf(known.webhookKey) }
    const webhookUrl = await this.#register(run, step, storeId)
    step.message(`Waiting for ${gateway.name} to verify the webhook`)
    await this.#untilChallenged(run, step, storeId)
    const isConfirmed = await step.commit({ stage: 'verified' }, (transaction) =>
      confirmNumber(transaction, { storeId, operationId: run.id, phone, provider: gateway.name }),
    )
    if (!isConfirmed) throw new BatutaError('WEBHOOK_NOT_VERIFIED', 'Another setup has registered the webhook meanwhile.')
    return { webhookUrl }
  }

  async #register(run: AnyRun, step: StepRun, storeId: string): Promise<string> {
    const { gateway, inbox } = this.#params
    if (!gateway.registerWebhook) throw new PermanentError('WEBHOOKS_UNSUPPORTED', `${gateway.name} reports nothing, so there is no webhook to register.`)
    const verifyToken = randomBytes(KEY_BYTES).toString('base64url')
    const candidate = randomBytes(KEY_BYTES).toString('base64url')
    const webhookKey = await step.commit({ stage: 'registering' }, (transaction) =>
      registerWebhook(transaction, { storeId, webhookKey: candidate, verifyTokenHash: hashOfToken(verifyToken), operationId: run.id }),
    )
    const url = this.#urlOf(webhookKey)
    const answerInside = async (query: URLSearchParams): Promise<string | undefined> => {
      const webhook = await inbox.find(webhookKey)
      return webhook && inbox.verify(webhook, query)
    }
    const result = await gateway.registerWebhook({ url, verifyToken, answerInside, signal: step.signal })
    step.signal.throwIfAborted()
    if (result.kind === 'refused') throw errorOfRefusal(gateway.name, 'the webhook', result)
    if (result.kind === 'unknown')
      throw new BatutaError('GATEWAY_UNREACHABLE', `Whether ${gateway.name} took the webhook is not known (${result.reason}); it is registered again.`)
    return url
  }

  async #untilChallenged(run: AnyRun, step: StepRun, storeId: string): Promise<void> {
    const { database, clock, gateway } = this.#params
    const { totalMs, firstPauseMs, longestPauseMs } = this.#patience
    const until = clock.monotonic() + totalMs
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const webhook = await readWebhook(database, storeId)
      if (webhook?.registeredBy === run.id && webhook.challengedAt !== null) return
      const leftMs = until - clock.monotonic()
      if (leftMs <= 0) break
      await clock.sleep(Math.min(pauseMs, leftMs), step.signal)
      step.signal.throwIfAborted()
    }
    throw new BatutaError(
      'WEBHOOK_NOT_VERIFIED',
      `${gateway.name} took the webhook, but its verification request did not come within ${totalMs / 1_000} s: PUBLIC_URL must lead to this server from the internet.`,
    )
  }

  #urlOf(webhookKey: string): string {
    const { publicUrl, gateway } = this.#params
    if (publicUrl !== undefined) return `${publicUrl}${WEBHOOK_ROUTE}${webhookKey}`
    // Nobody asks for it over a network.
    if (gateway.isSandbox) return `sandbox:${WEBHOOK_ROUTE}${webhookKey}`
    throw new PermanentError('NO_PUBLIC_URL', `${gateway.name} can not report to this server: PUBLIC_URL is not set.`)
  }
}
