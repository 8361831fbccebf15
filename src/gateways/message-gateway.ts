/** Outside providers that carry messages to phone numbers, all of one shape: another provider changes nothing elsewhere. */
export interface MessageGateway {
  /** Such as `sandbox`; shown wherever results are. */
  readonly name: string
  /** True: nothing leaves this machine. */
  readonly isSandbox: boolean
  /** Never rejects for what the provider answers. */
  send(message: GatewayMessage): Promise<GatewayResult>
  /** Has the provider report to an address of ours; absent: it reports nothing. Safe to repeat. Never rejects for what the provider answers. */
  registerWebhook?(registration: WebhookRegistration): Promise<RegistrationResult>
  /** Whether what came to the webhook was sent by the provider; absent: nothing was. */
  isAuthentic?(event: WebhookEvent): boolean
}

export interface GatewayMessage {
  /** The same for every try of one message: providers that know idempotency keys get it. */
  readonly id: string
  /** E.164, such as `+34600111222`. */
  readonly to: string
  readonly text: string
  readonly signal?: AbortSignal
}

export interface Refusal {
  readonly kind: 'refused'
  /** The provider's own. */
  readonly code: string
  /** What the code means and what to do, where we know: a clause without a stop. */
  readonly meaning?: string
  /** Whether trying again later can help. */
  readonly isRetryable: boolean
  readonly retryAfterMs?: number
}

export type GatewayResult =
  | { readonly kind: 'accepted'; readonly providerId: string }
  | Refusal
  /** It may have been accepted or not. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface WebhookRegistration {
  /** Where the provider is to report to. */
  readonly url: string
  /** What it must show when it verifies the address. */
  readonly verifyToken: string
  /** What the webhook answers a verification request; `undefined`: it refuses. For gateways in this process, which need no network to ask it. */
  readonly answerInside: (query: URLSearchParams) => Promise<string | undefined>
  readonly signal?: AbortSignal
}

/** `accepted` says that the provider took the address; that it was verified, only the webhook itself knows. */
export type RegistrationResult = { readonly kind: 'accepted' } | Exclude<GatewayResult, { readonly kind: 'accepted' }>

export interface WebhookEvent {
  /** As it came. */
  readonly body: Buffer
  /** The header `X-Hub-Signature-256`. */
  readonly signature: string | undefined
}
