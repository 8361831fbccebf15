/** A ping that nobody answers means that the connection is gone, whatever the socket says of itself. */
export class SocketHeartbeat {
  readonly #timeoutMs: number
  readonly #onSilence: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #isConnected = false

  constructor(timeoutMs: number, onSilence: () => void) {
    this.#timeoutMs = timeoutMs
    this.#onSilence = onSilence
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  start(): void {
    this.#isConnected = true
  }

  pinged(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onSilence, this.#timeoutMs)
  }

  ponged(): void {
    clearTimeout(this.#timer)
  }

  stop(): void {
    this.#isConnected = false
    clearTimeout(this.#timer)
  }
}
