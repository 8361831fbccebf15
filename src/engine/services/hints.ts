import type { Bus } from '../../bus/bus.ts'
import {
  ALL_OPERATIONS_CHANNEL,
  asJson,
  type Claimable,
  IMPACTS_CHANNEL,
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
  /** Absent: it changed in a way that affects nobody else than before (a step, an event of its run). */
  readonly type?: string
  /** It has an impact of its own, beside that of its definition. */
  readonly affects?: boolean
}

/** Announces what was committed: one message per flush and audience. Hints may be lost; nothing depends on them but speed. */
export class Hints {
  readonly #bus: Bus
  readonly #instanceId: () => string
  readonly #affectingTypes: ReadonlySet<string>

  /** `affectingTypes`: whose operations affect what people can do; their changes are told apart from all others too. */
  constructor(bus: Bus, instanceId: () => string, affectingTypes: ReadonlySet<string> = new Set()) {
    this.#bus = bus
    this.#instanceId = instanceId
    this.#affectingTypes = affectingTypes
  }

  changed(changes: readonly Change[]): void {
    if (changes.length === 0) return
    const tuples = changes.map((change) => [change.id, change.version, change.ownerId] as const)
    this.#spread(
      tuples,
      (tuple) => tuple[2],
      (some) => ({ changed: some }),
    )
    this.#affecting(changes)
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

  #affecting(changes: readonly Change[]): void {
    const tuples: [string, number, string, string][] = []
    for (const { id, version, ownerId, type, affects } of changes) {
      if (type !== undefined && (affects || this.#affectingTypes.has(type))) tuples.push([id, version, ownerId, type])
    }
    if (tuples.length > 0) this.#bus.publish(IMPACTS_CHANNEL, asJson(tuples))
  }

  #spread<Part>(parts: readonly Part[], ownerOf: (part: Part) => string, message: (some: readonly Part[]) => OperationsMessage): void {
    const first = ownerOf(parts[0] as Part)
    if (parts.every((part) => ownerOf(part) === first)) this.#bus.publish(ownerChannel(first), asJson(message(parts)))
    else for (const [owner, some] of Map.groupBy(parts, ownerOf)) this.#bus.publish(ownerChannel(owner), asJson(message(some)))
    this.#bus.publish(ALL_OPERATIONS_CHANNEL, asJson(message(parts)))
  }
}
