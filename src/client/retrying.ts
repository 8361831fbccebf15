import { sleep } from './backoff.ts'

/** Why a client stopped trying. `forbidden`: a new token was refused too. */
export interface GiveUp {
  readonly reason: 'unreachable' | 'forbidden'
  /** Tries in a row that failed. */
  readonly tries: number
}

/** Where whoever has given up waits for `retry()`. Its callback is told once, however many streams give up. */
export class GivingUp {
  readonly #tell: (giveUp: GiveUp) => void
  #waiting: PromiseWithResolvers<void> | undefined

  constructor(tell: (giveUp: GiveUp) => void) {
    this.#tell = tell
  }

  wait(giveUp: GiveUp): Promise<void> {
    if (!this.#waiting) {
      this.#waiting = Promise.withResolvers()
      this.#tell(giveUp)
    }
    return this.#waiting.promise
  }

  retry(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}

export interface RetryingParams {
  /** Tries in a row before giving up. */
  readonly tries: number
  readonly delayMs: (failures: number) => number
  /** Absent: whoever gives up ends with an error. */
  readonly givingUp: GivingUp | undefined
  readonly signal: AbortSignal
}

/** Counts the tries of one connection. */
export class Retrying {
  readonly #params: RetryingParams
  #failures = 0

  constructor(params: RetryingParams) {
    this.#params = params
  }

  get failures(): number {
    return this.#failures
  }

  reset(): void {
    this.#failures = 0
  }

  /** True when nothing is tried any more unless somebody asks for it. */
  get isExhausted(): boolean {
    return this.#failures >= this.#params.tries
  }

  /** Resolves when it is time for another try; false: there will be none. */
  async wait(reason: GiveUp['reason'] = 'unreachable', signal: AbortSignal = this.#params.signal): Promise<boolean> {
    const { givingUp, delayMs } = this.#params
    if (this.isExhausted || reason === 'forbidden') {
      if (!givingUp) return false
      await givingUp.wait({ reason, tries: this.#failures })
      this.reset()
      return true
    }
    this.#failures += 1
    await sleep(delayMs(this.#failures), signal)
    return true
  }
}
