import type { Clock } from '../../base/clock.ts'
import type { Telemetry } from '../../telemetry/facts.ts'

/** Several instances may have lost something at once, and each says so; all that comes within this time is one gap. */
const GATHER_MS = 300

export interface GapTellerParams {
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Those who want to know when messages may have been lost. */
export class GapTeller {
  readonly #params: GapTellerParams
  readonly #listeners = new Set<() => void>()
  #cancel: (() => void) | undefined

  constructor(params: GapTellerParams) {
    this.#params = params
  }

  add(listener: () => void): () => void {
    const entry = () => listener()
    this.#listeners.add(entry)
    return () => this.#listeners.delete(entry)
  }

  tell(): void {
    this.#cancel?.()
    this.#cancel = undefined
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        this.#params.telemetry.emit('failure.contained', { where: 'bus gap listener', error })
      }
    }
  }

  /** Tells once, however often it is called meanwhile. */
  tellSoon(): void {
    if (this.#listeners.size > 0) this.#cancel ??= this.#params.clock.after(GATHER_MS, () => this.tell())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#listeners.clear()
  }
}
