import type { Bus } from '../../bus/bus.ts'
import {
  ALL_OPERATIONS_CHANNEL,
  asJson,
  type Claimable,
  instanceChannel,
  type OperationsMessage,
  ownerChannel,
  type ProgressFrame,
  WORK_CHANNEL,
} from '../channels.ts'

/** A change that was committed. */
export interface Change {
  readonly id: string
  readonly version: number
  readonly ownerId: string
}

/** Announces what was committed: one message per flush and audience. Hints may be lost; nothing depends on them but speed. */
export class Hints {
  readonly #bus: Bus
  readonly #instanceId: () => string

  constructor(bus: Bus, instanceId: () => string) {
    this.#bus = bus
    this.#instanceId = instanceId
  }

  changed(changes: readonly Change[]): void {
    if (changes.length === 0) return
    const tuples = changes.map((change) => [change.id, change.version, change.ownerId] as const)
    this.#spread(
      tuples,
      (tuple) => tuple[2],
      (some) => ({ changed: some }),
    )
  }

  progressed(frames: readonly ProgressFrame[]): void {
    if (frames.length === 0) return
    this.#spread(
      frames,
      (frame) => frame.ownerId,
      (some) => ({ progress: some }),
    )
  }

  /** Tells the instance that runs them. */
  ordered(instanceId: string, order: 'pause' | 'cancel', ids: readonly string[]): void {
    this.#bus.publish(instanceChannel(instanceId), asJson({ [order]: ids }))
  }

  /** Tells all others that there is work: one message for each priority, from the earliest on. */
  work(claimables: readonly Claimable[]): void {
    for (const [priority, some] of Map.groupBy(claimables, (claimable) => claimable.priority)) {
      const claimAtUs = Math.min(...some.map((claimable) => claimable.claimAtUs))
      this.#bus.publish(WORK_CHANNEL, asJson({ priority, claimAtUs, from: this.#instanceId() }))
    }
  }

  #spread<Part>(parts: readonly Part[], ownerOf: (part: Part) => string, message: (some: readonly Part[]) => OperationsMessage): void {
    const first = ownerOf(parts[0] as Part)
    if (parts.every((part) => ownerOf(part) === first)) this.#bus.publish(ownerChannel(first), asJson(message(parts)))
    else for (const [owner, some] of Map.groupBy(parts, ownerOf)) this.#bus.publish(ownerChannel(owner), asJson(message(some)))
    this.#bus.publish(ALL_OPERATIONS_CHANNEL, asJson(message(parts)))
  }
}
