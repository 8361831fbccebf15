import type { Json } from '../base/json.ts'
import type { Telemetry } from '../telemetry/facts.ts'

export type Listener = (message: Json) => void

/** The listeners of one channel in this process. One that throws is contained; one that leaves is not called any more. */
export class Listeners {
  readonly #telemetry: Telemetry | undefined
  /** Wrapped, so that one function may listen twice and leave once. */
  readonly #entries = new Set<{ readonly listener: Listener }>()

  constructor(telemetry: Telemetry | undefined) {
    this.#telemetry = telemetry
  }

  get size(): number {
    return this.#entries.size
  }

  add(listener: Listener): () => void {
    const entry = { listener }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  deliver(message: Json): void {
    for (const { listener } of this.#entries) {
      try {
        listener(message)
      } catch (error) {
        this.#telemetry?.emit('failure.contained', { where: 'bus listener', error })
      }
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}
