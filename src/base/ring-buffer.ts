/** The last `capacity` values, oldest first. Bounded by construction. */
export class RingBuffer<T> {
  readonly #slots: T[] = []
  readonly #capacity: number
  #start = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#slots.length
  }

  push(value: T): void {
    if (this.#slots.length < this.#capacity) {
      this.#slots.push(value)
      return
    }
    this.#slots[this.#start] = value
    this.#start = (this.#start + 1) % this.#capacity
  }

  /** The value at a position, 0 being the oldest. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#slots.length) return undefined
    return this.#slots[(this.#start + index) % this.#capacity]
  }

  clear(): void {
    this.#slots.length = 0
    this.#start = 0
  }
}
