/** What feeds an iterator. Calls of `pull` never overlap. */
export interface PullSource<Value> {
  /** The next value, when there is one; `undefined` at the end. May wait as long as it likes. */
  pull(): Promise<Value | undefined>
  /** Called once, at the end, however it comes. Must release everything at once; a waiting `pull` may stay unsettled. */
  close(): void
}

interface Call<Value> {
  readonly resolve: (result: IteratorResult<Value>) => void
  readonly reject: (error: unknown) => void
}

/**
 * An iterator written by hand, because `return()` of an async generator waits for what the generator awaits: here it releases
 * the source at once and ends the `next()` calls that wait. `next()` may be called again before the last one has settled.
 */
export class PullIterator<Value> implements AsyncIterableIterator<Value, undefined, undefined> {
  readonly #source: PullSource<Value>
  readonly #calls: Call<Value>[] = []
  #pulling = false
  #closed = false

  constructor(source: PullSource<Value>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#calls.push({ resolve: resolve as Call<Value>['resolve'], reject })
      if (!this.#pulling) void this.#pump()
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

  async #pump(): Promise<void> {
    this.#pulling = true
    while (this.#calls.length > 0 && !this.#closed) {
      try {
        const value = await this.#source.pull()
        if (value === undefined) this.#close()
        else this.#calls.shift()?.resolve({ done: false, value })
      } catch (error) {
        this.#calls.shift()?.reject(error)
        this.#close()
      }
    }
    this.#pulling = false
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const call of this.#calls.splice(0)) call.resolve({ done: true, value: undefined })
    this.#source.close()
  }
}
