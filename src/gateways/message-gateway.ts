/** Outside providers that carry messages to phone numbers, all of one shape: another provider changes nothing elsewhere. */
export interface MessageGateway {
  /** Such as `sandbox`; shown wherever results are. */
  readonly name: string
  /** True: nothing leaves this machine. */
  readonly isSandbox: boolean
  /** Never rejects for what the provider answers. */
  send(message: GatewayMessage): Promise<GatewayResult>
}

export interface GatewayMessage {
  /** The same for every try of one message: providers that know idempotency keys get it. */
  readonly id: string
  /** E.164, such as `+34600111222`. */
  readonly to: string
  readonly text: string
  readonly signal?: AbortSignal
}

export type GatewayResult =
  | { readonly kind: 'accepted'; readonly providerId: string }
  | {
      readonly kind: 'refused'
      /** The provider's own. */
      readonly code: string
      /** Whether trying again later can help. */
      readonly isRetryable: boolean
      readonly retryAfterMs?: number
    }
  /** It may have been accepted or not. */
  | { readonly kind: 'unknown'; readonly reason: string }
