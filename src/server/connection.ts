import { WebSocket } from 'ws'
import type { Viewer } from '../auth/viewer.ts'
import { InFlight } from './in-flight.ts'

/** Bytes that a client may leave unread before nothing more is read from it: else one that asks (or pings) and never reads fills memory. */
const MOST_UNSENT_BYTES = 1_048_576

/** One socket and what belongs to it. Everything it holds is given back by `release`, which its closing calls. */
export class Connection {
  readonly socket: WebSocket
  readonly address: string | undefined
  /** Queries and mutations whose answers are not sent yet; a drain waits for them. */
  readonly answering = new InFlight()
  #viewer: Viewer | null = null
  #releases: readonly (() => void)[] = []
  #isAlive = true

  constructor(socket: WebSocket, address: string | undefined) {
    this.socket = socket
    this.address = address
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  /** Null until `connection_init` brought a token. */
  get viewer(): Viewer | null {
    return this.#viewer
  }

  admit(viewer: Viewer | null, releases: readonly (() => void)[]): void {
    this.#viewer = viewer
    this.#releases = releases
  }

  release(): void {
    for (const release of this.#releases) release()
    this.#releases = []
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
