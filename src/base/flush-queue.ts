import { UnavailableError } from './errors.ts'

/**
 * Batch while busy: while one flush is under way, requests gather; the next flush takes them all. No timer, so an idle
 * system answers at once and a busy one batches by itself. A flush that fails on its data is bisected, so that one bad
 * value fails its own caller only. The queue is bounded; beyond the bound callers get `UnavailableError` at once.
 */
export interface FlushQueueParams<Request, Answer> {
  readonly name: string
  /** Must answer every request, in order. Called with 1 to `maxBatch` requests. */
  readonly flush: (requests: readonly Request[]) => Promise<readonly Answer[]>
  readonly maxBatch?: number
  readonly maxWaiting?: number
  /** Flushes that may be under way together. */
  readonly flights?: number
  /** Whether a failure may be the fault of one request's data; then the flush is bisected. */
  readonly isDataError?: (error: unknown) => boolean
  /** Requests with equal keys never share a flush. */
  readonly keyOf?: (request: Request) => string
}

interface Waiting<Request, Answer> {
  readonly request: Request
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

export class FlushQueue<Request, Answer> {
  readonly #params: FlushQueueParams<Request, Answer>
  readonly #maxBatch: number
  readonly #maxWaiting: number
  readonly #flights: number
  #waiting: Waiting<Request, Answer>[] = []
  #underWay = 0
  #scheduled = false
  #idle: (() => void)[] = []

  constructor(params: FlushQueueParams<Request, Answer>) {
    this.#params = params
    this.#maxBatch = params.maxBatch ?? 1_000
    this.#maxWaiting = params.maxWaiting ?? 20_000
    this.#flights = params.flights ?? 1
  }

  get waiting(): number {
    return this.#waiting.length
  }

  submit(request: Request): Promise<Answer> {
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(new UnavailableError(`${this.#params.name}: ${this.#maxWaiting} requests are waiting already; try again in a moment`))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0 && this.#underWay === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay >= this.#flights) return
    this.#scheduled = true
    // A microtask later, so that all calls of one turn of the event loop share the flush.
    queueMicrotask(() => {
      this.#scheduled = false
      this.#start()
    })
  }

  #start(): void {
    while (this.#waiting.length > 0 && this.#underWay < this.#flights) {
      const batch = this.#take()
      this.#underWay += 1
      void this.#run(batch).finally(() => {
        this.#underWay -= 1
        this.#start()
        if (this.#waiting.length === 0 && this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }

  #take(): Waiting<Request, Answer>[] {
    const keyOf = this.#params.keyOf
    if (!keyOf) return this.#waiting.splice(0, this.#maxBatch)
    const taken: Waiting<Request, Answer>[] = []
    const left: Waiting<Request, Answer>[] = []
    const keys = new Set<string>()
    for (const entry of this.#waiting) {
      const key = keyOf(entry.request)
      if (taken.length < this.#maxBatch && !keys.has(key)) {
        keys.add(key)
        taken.push(entry)
      } else left.push(entry)
    }
    this.#waiting = left
    return taken
  }

  async #run(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.#params.flush(batch.map((entry) => entry.request))
      for (const [index, entry] of batch.entries()) entry.resolve(answers[index] as Answer)
    } catch (error) {
      if (batch.length === 1 || !this.#params.isDataError?.(error)) {
        for (const entry of batch) entry.reject(error)
        return
      }
      const middle = batch.length >> 1
      await this.#run(batch.slice(0, middle))
      await this.#run(batch.slice(middle))
    }
  }
}
