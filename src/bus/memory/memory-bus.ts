import type { Json } from '../../base/json.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { Bus } from '../bus.ts'
import { type Listener, Listeners } from '../listeners.ts'

export interface MemoryBusParams {
  readonly telemetry?: Telemetry
  /** False where other processes may work on the same database: then nobody may wait for hints from all of them. True by default. */
  readonly reachesAll?: boolean
}

interface Letter {
  readonly channel: string
  readonly text: string
}

/**
 * The bus of one process. Messages pass through JSON, as with Redis, so that nobody comes to depend on shared objects.
 * Several instances of one test may share it; so `stop` takes nothing from the others: subscriptions end by their own release.
 */
class MemoryBus implements Bus {
  readonly connected: boolean
  readonly #telemetry: Telemetry | undefined
  readonly #channels = new Map<string, Listeners>()
  #letters: Letter[] = []

  constructor({ telemetry, reachesAll = true }: MemoryBusParams) {
    this.#telemetry = telemetry
    this.connected = reachesAll
  }

  /** Channels that somebody listens to. */
  get channels(): number {
    return this.#channels.size
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  stop(): Promise<void> {
    return Promise.resolve()
  }

  publish(channel: string, message: Json): void {
    if (!this.#channels.has(channel)) return
    // A turn of the event loop later: a publisher is never run over by its listeners, and two that answer each other starve nobody.
    if (this.#letters.length === 0) setImmediate(() => this.#deliver())
    this.#letters.push({ channel, text: JSON.stringify(message) })
  }

  subscribe(channel: string, listener: Listener): Promise<() => void> {
    const listeners = this.#channels.get(channel) ?? new Listeners(this.#telemetry)
    this.#channels.set(channel, listeners)
    const leave = listeners.add(listener)
    return Promise.resolve(() => {
      leave()
      if (listeners.size === 0 && this.#channels.get(channel) === listeners) this.#channels.delete(channel)
    })
  }

  /** Nothing is ever lost inside one process. */
  onGap(): () => void {
    return () => undefined
  }

  #deliver(): void {
    const letters = this.#letters
    this.#letters = []
    for (const { channel, text } of letters) this.#channels.get(channel)?.deliver(JSON.parse(text) as Json)
  }
}

export const createMemoryBus = (params: MemoryBusParams = {}): MemoryBus => new MemoryBus(params)
