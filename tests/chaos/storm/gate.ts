import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A door in front of an instance: an address that stays while the process behind it dies and another takes its place, and whose
 * connections can all be cut, as a network cuts them.
 */
export class Gate {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #port: number | undefined

  private constructor() {
    this.#server = createServer((front) => this.#pass(front))
  }

  static async open(): Promise<Gate> {
    const gate = new Gate()
    gate.#server.listen(0, '127.0.0.1')
    await once(gate.#server, 'listening')
    return gate
  }

  /** Such as `http://127.0.0.1:4000`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Where new connections go from now on; `undefined`: nowhere. */
  leadTo(url: string | undefined): void {
    this.#port = url === undefined ? undefined : Number(new URL(url).port)
  }

  /** Resets every connection; says how many there were. */
  cut(): number {
    const count = this.#sockets.size / 2
    for (const socket of this.#sockets) socket.resetAndDestroy()
    return count
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }

  #pass(front: Socket): void {
    if (this.#port === undefined) return void front.resetAndDestroy()
    const back = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    front.setNoDelay(true)
    this.#join(front, back)
    this.#join(back, front)
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('error', () => undefined)
    // An end in order lets through what was said before it.
    from.once('close', (hadError) => {
      this.#sockets.delete(from)
      if (hadError) to.resetAndDestroy()
      else to.end()
    })
    from.pipe(to)
  }
}
