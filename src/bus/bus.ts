import type { Json } from '../base/json.ts'
import type { Service } from '../base/service.ts'

/**
 * The bus carries hints between instances: "look at the log", "stop that run", a progress frame. It is never the truth:
 * messages may be lost, so whoever listens also has a slower way to find out. Messages of one publisher on one channel keep
 * their order. A publish never throws and never waits.
 */
export interface Bus extends Service {
  /** Delivered to every listener of the channel on every instance, this one included. */
  publish(channel: string, message: Json): void
  /**
   * Resolves once messages that are published from now on will arrive (with Redis: once SUBSCRIBE was acknowledged). While the
   * bus is down it resolves too: the subscription is made by itself when the bus is back, and `onGap` tells of the loss.
   * The returned function ends the subscription at once; it never throws.
   */
  subscribe(channel: string, listener: (message: Json) => void): Promise<() => void>
  /** Called whenever messages may have been lost (connection made again): read the log. Returns an unsubscribe function. */
  onGap(listener: () => void): () => void
  /** False while messages can't be carried between instances. */
  readonly connected: boolean
}
