/** What a source answers when it has nothing now, and when nothing will ever follow. */
export const NOT_YET = Symbol('not yet')
export const OVER = Symbol('over')

/**
 * What feeds a subscriber: asked for one value at a time, and never waiting. Thousands of subscribers are fed in one turn of the
 * event loop this way, without a promise for each.
 */
export interface PullSource<Value> {
  /** Called once, before the first `take`: `wake` is to be called whenever `take` may answer something else than `NOT_YET`. */
  open(wake: () => void): void
  /** The next value, `NOT_YET` or `OVER`. Throws what went wrong; then it is over. */
  take(): Value | typeof NOT_YET | typeof OVER
  /** Called once, at the end, however it comes. Releases everything at once. */
  close(): void
}

interface Call<Value> {
  readonly resolve: (result: IteratorResult<Value, undefined>) => void
  readonly reject: (error: unknown) => void
}

/**
 * An iterator written by hand, because `return()` of an async generator waits for what the generator awaits: here it releases
 * the source at once and ends the `next()` calls that wait. `next()` may be called again before the last one has settled.
 */
export class PullIterator<Value> implements AsyncIterableIterator<Value, undefined, undefined> {
  readonly #source: PullSource<Value>
  readonly #calls: Call<Value>[] = []
  #opened = false
  #closed = false

  constructor(source: PullSource<Value>) {
    this.#source = source
  }

  /** For a consumer that can do without promises: the source, which the consumer opens and closes itself. Not after the first `next()`. */
  detach(): PullSource<Value> {
    if (this.#opened || this.#closed) throw new TypeError('the iterator is in use already')
    this.#closed = true
    return this.#source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#calls.push({ resolve, reject })
      if (!this.#opened) {
        this.#opened = true
        this.#source.open(() => this.#pump())
      }
      this.#pump()
    })
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.#close()
    return Promise.resolve({ done: true, value: undefined })
  }

  throw(error: unknown): Promise<IteratorResult<Value, undefined>> {
    this.#close()
    return Promise.reject(error)
  }

  #pump(): void {
    while (this.#calls.length > 0 && !this.#closed) {
      try {
        const value = this.#source.take()
        if (value === NOT_YET) return
        if (value === OVER) this.#close()
        else this.#calls.shift()?.resolve({ done: false, value })
      } catch (error) {
        this.#calls.shift()?.reject(error)
        this.#close()
      }
    }
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const call of this.#calls.splice(0)) call.resolve({ done: true, value: undefined })
    this.#source.close()
  }
}
