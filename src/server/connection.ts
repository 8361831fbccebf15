import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Viewer } from '../auth/viewer.ts'
import { InFlight } from './in-flight.ts'
import type { TokenLife } from './token-life.ts'

/** Bytes that a client may leave unread before nothing more is read from it: else one that asks (or pings) and never reads fills memory. */
const MOST_UNSENT_BYTES = 1_048_576

const CLOSING_BRACE = '}'.charCodeAt(0)
const AS_TEXT = { binary: false }

/** One socket and what belongs to it. Everything it holds is given back by `release`, which its closing calls. */
export class Connection {
  readonly socket: WebSocket
  readonly address: string | undefined
  /** Queries and mutations whose answers are not sent yet; a drain waits for them. */
  readonly answering = new InFlight()
  #life: TokenLife | undefined
  #releases: readonly (() => void)[] = []
  #isAlive = true
  readonly #duplex: Duplex
  /** What ends the deliveries under way. */
  readonly #deliveries = new Set<() => void>()
  /** The last `subscribe` of each id that is not executed yet. */
  readonly #preparing = new Map<string, object>()
  /** Who goes on when the socket takes more. */
  readonly #waiting = new Set<() => void>()
  #burst = 0

  constructor(socket: WebSocket, duplex: Duplex, address: string | undefined) {
    this.socket = socket
    this.address = address
    this.#duplex = duplex
    duplex.on('drain', () => this.#drained())
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  /** Null until `connection_init` brought a token. Another token of the same subject may have taken its place. */
  get viewer(): Viewer | null {
    return this.#life?.viewer ?? null
  }

  /** The token by which it is open; undefined until `connection_init`. */
  get tokenLife(): TokenLife | undefined {
    return this.#life
  }

  admit(life: TokenLife, releases: readonly (() => void)[]): void {
    this.#life = life
    this.#releases = [() => life.release(), ...releases]
  }

  release(): void {
    for (const release of this.#releases) release()
    this.#releases = []
    for (const end of this.#deliveries) end()
  }

  /** `end` is called when the socket closes, unless the returned function was called before. */
  keep(end: () => void): () => void {
    this.#deliveries.add(end)
    return () => this.#deliveries.delete(end)
  }

  /** An id may be completed and used again while its first operation is being prepared. The returned function says whether that has not happened. */
  prepare(id: string): () => boolean {
    const turn = {}
    this.#preparing.set(id, turn)
    return () => this.#preparing.get(id) === turn && this.#preparing.delete(id)
  }

  /** Resolves when the bytes have left, which is what keeps a slow client from filling memory. A socket that closes takes its messages along. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.isOpen) return resolve()
      this.socket.send(text, () => {
        this.#relieve()
        resolve()
      })
      this.restrain()
    })
  }

  /** Sends `prefix`, `payload` and a closing brace as one text message. The payload's bytes may be shared with other sockets. Only while it is open. */
  sendBytes(prefix: Buffer, payload: Buffer): void {
    const message = Buffer.allocUnsafe(prefix.length + payload.length + 1)
    prefix.copy(message)
    payload.copy(message, prefix.length)
    message[message.length - 1] = CLOSING_BRACE
    // A lone message goes out at once; from the second one on they gather until `flush`, for one system call instead of many.
    this.#burst += 1
    if (this.#burst === 2) this.#duplex.cork()
    this.socket.send(message, AS_TEXT)
  }

  /** Ends a burst of `sendBytes`. */
  flush(): void {
    if (this.#burst > 1) this.#duplex.uncork()
    this.#burst = 0
  }

  /** False: the socket takes more. True: its buffer is full, and `goOn` will be called once, when it is empty. */
  awaitsDrain(goOn: () => void): boolean {
    if (!this.#duplex.writableNeedDrain) return false
    this.#waiting.add(goOn)
    return true
  }

  forgetDrain(goOn: () => void): void {
    this.#waiting.delete(goOn)
  }

  /** Each in turn: whoever fills the socket again goes to the end of the line. */
  #drained(): void {
    for (const goOn of this.#waiting) {
      if (this.#duplex.writableNeedDrain) return
      this.#waiting.delete(goOn)
      goOn()
    }
  }

  /** Reads no further while too much waits to be sent. A client that never reads fails to answer pings, and is ended. */
  restrain(): void {
    if (this.socket.bufferedAmount > MOST_UNSENT_BYTES) this.socket.pause()
  }

  #relieve(): void {
    if (this.socket.isPaused && this.socket.bufferedAmount <= MOST_UNSENT_BYTES) this.socket.resume()
  }

  /** Resolves when the socket has closed. */
  closed(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.resolve()
    return new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  /** Ends a socket that has not answered the last ping; else pings again. */
  ping(): void {
    if (!this.#isAlive) this.socket.terminate()
    else if (this.isOpen) this.socket.ping(undefined, undefined, () => this.#relieve())
    this.#isAlive = false
  }

  heard(): void {
    this.#isAlive = true
  }
}
