import type { ChannelMessage } from './message.ts'

export const CHANNELS = ['email', 'slack', 'teams', 'webhook', 'whatsapp'] as const
/** A way out of the product. */
export type ChannelName = (typeof CHANNELS)[number]

/** Where a message goes, with what is needed to send it; opened just for the sending. */
export interface OpenDestination {
  readonly address: string
  /** Secrets that sign, the newest first; of webhooks only. */
  readonly secrets: readonly string[]
  /** Of the operator's configuration, so it may be a private address. */
  readonly isTrusted: boolean
}

/** What was delivered before of the same notification. */
export interface PreviousDelivery {
  /** The channel's own: the id of the message that can be edited or answered. */
  readonly reference: string
}

export type SendResult =
  | { readonly kind: 'delivered'; readonly reference: string | null }
  /** It did not arrive, and trying again can't help. `disables`: the destination is no good any more. */
  | { readonly kind: 'refused'; readonly reason: string; readonly disables: boolean }
  /** It did not arrive; later it may. */
  | { readonly kind: 'postponed'; readonly reason: string; readonly retryAfterMs?: number }
  /** It may have arrived or not, so it is not sent again by itself. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface SendParams {
  readonly message: ChannelMessage
  readonly destination: OpenDestination
  readonly previous: PreviousDelivery | undefined
  readonly signal: AbortSignal
}

/** What a destination's address is, checked. */
export type ParsedAddress =
  | {
      readonly kind: 'address'
      readonly address: string
      /** What lists show. */
      readonly masked: string
      /** Anybody can type the address of somebody else: a code is sent there first. */
      readonly needsCode: boolean
    }
  | { readonly kind: 'refused'; readonly expected: string }

/** All channels have this shape, and their folders the same files. */
export interface Channel {
  readonly name: ChannelName
  /** Why nothing can be sent by it on this server; `undefined`: it can. */
  readonly unavailable: string | undefined
  /** Who carries its messages, where that is somebody whom the configuration chooses; `sandbox`: nothing leaves this server. */
  readonly provider: string | null
  parseAddress(text: string): ParsedAddress
  /** Whether what was sent there can be changed afterwards; where it can't, progress is not repeated. */
  edits(address: string): boolean
  /** Never rejects. */
  send(params: SendParams): Promise<SendResult>
  close(): Promise<void>
}
