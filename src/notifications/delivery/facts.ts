import type { ChannelName } from '../channels/channel.ts'

declare module '../../telemetry/facts.ts' {
  interface Facts {
    /** Deliveries are made by this process. `sealedWith`: where the key of sealed texts is kept. No fact names users, addresses or secrets. */
    'deliveries.started': { readonly sealedWith: 'configuration' | 'database'; readonly operatorDestinations: number }
    /** A message arrived; `deliveries` is more than 1 for a digest. */
    'delivery.sent': { readonly channel: ChannelName; readonly deliveries: number; readonly attempts: number; readonly durationMs: number }
    /** It did not arrive and is tried again. */
    'delivery.postponed': { readonly channel: ChannelName; readonly attempts: number; readonly waitMs: number }
    /** It did not arrive and is not tried again. */
    'delivery.failed': { readonly channel: ChannelName; readonly attempts: number; readonly disables: boolean }
    /** Whether it arrived is not known; it is not sent again. */
    'delivery.lost': { readonly channel: ChannelName | null; readonly deliveries: number }
    /** It was not needed any more. */
    'delivery.skipped': { readonly channel: ChannelName; readonly reason: string }
    'deliveries.pruned': { readonly count: number }
  }
}
