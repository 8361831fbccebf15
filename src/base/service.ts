import type { Clock } from './clock.ts'

/** What runs in the background: started once, stopped once; both may be called again, and stop before start is safe. */
export interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}

export interface LoopParams {
  readonly clock: Clock
  /** Does what is due and answers how many milliseconds may pass until it must look again. */
  readonly poll: () => Promise<number>
  /** Told of a failed poll; the loop goes on after `retryMs`. */
  readonly onError: (error: unknown) => void
  readonly retryMs?: number
}

/** Nobody reads it; without a reason of ours each abort would make an error with its stack. */
const WOKEN = 'woken'

/** A loop of `poll` and an interruptible sleep. `wake()` ends the sleep, and is never lost: one during a poll causes another. */
export class Loop implements Service {
  readonly #params: LoopParams
  #stop: AbortController | undefined
  #sleep: AbortController | undefined
  #woken = false
  #running: Promise<void> | undefined

  constructor(params: LoopParams) {
    this.#params = params
  }

  start(): Promise<void> {
    if (!this.#running) {
      this.#stop = new AbortController()
      this.#running = this.#run(this.#stop.signal)
    }
    return Promise.resolve()
  }

  wake(): void {
    this.#woken = true
    // Forgotten at once: aborting again would do nothing, at the price of an error with its stack (under load it is called per operation).
    const sleep = this.#sleep
    this.#sleep = undefined
    sleep?.abort(WOKEN)
  }

  async stop(): Promise<void> {
    this.#stop?.abort()
    this.#sleep?.abort()
    await this.#running
    this.#running = undefined
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#woken = false
      let waitMs = this.#params.retryMs ?? 500
      try {
        waitMs = await this.#params.poll()
      } catch (error) {
        this.#params.onError(error)
      }
      if (this.#woken || stop.aborted) continue
      this.#sleep = new AbortController()
      await this.#params.clock.sleep(waitMs, this.#sleep.signal)
    }
  }
}
