import { randomUUID } from 'node:crypto'
import type { GatewayMessage, GatewayResult, MessageGateway, RegistrationResult, WebhookRegistration } from '../message-gateway.ts'
import { verificationQuery } from '../webhook-protocol.ts'

const KEPT = 100

/** Accepts everything and sends nothing; for trying things out without a provider. What it answers says so: ids begin with `sandbox-`. */
export class SandboxGateway implements MessageGateway {
  readonly name = 'sandbox'
  readonly isSandbox = true
  readonly #accepted: GatewayMessage[] = []

  /** The last messages, at most 100. */
  get accepted(): readonly GatewayMessage[] {
    return this.#accepted
  }

  /** Numbers such as +1 212 555 01xx, which nobody has, are refused as a provider would refuse them. */
  send(message: GatewayMessage): Promise<GatewayResult> {
    if (/^\+1\d{3}55501\d\d$/.test(message.to))
      return Promise.resolve({ kind: 'refused', code: 'NOT_ON_WHATSAPP', meaning: 'nobody has this number', isRetryable: false })
    this.#accepted.push(message)
    if (this.#accepted.length > KEPT) this.#accepted.shift()
    return Promise.resolve({ kind: 'accepted', providerId: `sandbox-${message.id}` })
  }

  /** Verifies the webhook as a provider would, from inside: the request goes to the webhook's own code, and not over the network. */
  async registerWebhook({ verifyToken, answerInside }: WebhookRegistration): Promise<RegistrationResult> {
    const challenge = `sandbox-${randomUUID()}`
    const answer = await answerInside(verificationQuery({ verifyToken, challenge }))
    if (answer === challenge) return { kind: 'accepted' }
    return { kind: 'refused', code: 'NOT_VERIFIED', meaning: 'the webhook did not answer its challenge', isRetryable: true }
  }
}
