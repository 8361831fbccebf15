/** Counts what is under way and tells when nothing is. */
export class InFlight {
  #count = 0
  #idle: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  /** The returned function says that it has ended; calling it again changes nothing. */
  enter(): () => void {
    this.#count += 1
    let isInside = true
    return () => {
      if (!isInside) return
      isInside = false
      this.#count -= 1
      if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }
}
