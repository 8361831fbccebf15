import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/**
 * A WebSocket client (RFC 6455) with as little work per message as can be: one buffer shared by all sockets, no copy, no text. It shows
 * whole unmasked messages where they lie; they must not be kept. So the clients use less of the processor than any server.
 */
export interface RawSocketParams {
  readonly url: URL
  /** A message lies in `bytes` from `start` (inclusive) to `end` (exclusive). */
  readonly onMessage: (bytes: Buffer, start: number, end: number) => void
  readonly onClose: (reason: string) => void
}

const SHARED = Buffer.allocUnsafeSlow(262_144)
const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const
const NO_BYTES = Buffer.alloc(0)

export class RawSocket {
  readonly #params: RawSocketParams
  readonly #socket: Socket
  /** The part of a frame whose end has not come. */
  #rest: Buffer = NO_BYTES
  #opened: (() => void) | undefined

  private constructor(params: RawSocketParams, onOpen: () => void) {
    this.#params = params
    this.#opened = onOpen
    const { hostname, port } = params.url
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: SHARED,
        callback: (length, buffer) => {
          this.#receive(buffer as Buffer, length)
          return true
        },
      },
    })
    this.#socket.once('connect', () => this.#socket.write(upgradeRequest(params.url)))
    this.#socket.once('error', (error) => params.onClose(String(error)))
    this.#socket.once('close', () => params.onClose('closed'))
  }

  /** Resolves when the server has agreed to the protocol. */
  static open(params: RawSocketParams): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket: RawSocket = new RawSocket(
        {
          ...params,
          onClose: (reason) => {
            reject(new Error(reason))
            params.onClose(reason)
          },
        },
        () => resolve(socket),
      )
    })
  }

  send(text: string): void {
    this.#socket.write(frame(OPCODE.text, Buffer.from(text)))
  }

  #receive(shared: Buffer, length: number): void {
    const bytes = this.#rest.length === 0 ? shared : Buffer.concat([this.#rest, shared.subarray(0, length)])
    const end = this.#rest.length === 0 ? length : bytes.length
    const used = this.#opened ? this.#upgrade(bytes, end) : this.#frames(bytes, 0, end)
    this.#rest = used === end ? NO_BYTES : Buffer.from(bytes.subarray(used, end))
  }

  #upgrade(bytes: Buffer, end: number): number {
    const head = bytes.indexOf('\r\n\r\n')
    if (head < 0 || head >= end) return 0
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r'))
    if (!status.includes(' 101 ')) {
      this.#socket.destroy()
      this.#params.onClose(status)
      return end
    }
    this.#opened?.()
    this.#opened = undefined
    return this.#frames(bytes, head + 4, end)
  }

  /** Answers how far it came. */
  #frames(bytes: Buffer, from: number, end: number): number {
    let at = from
    while (at + 2 <= end) {
      const short = (bytes[at + 1] as number) & 0x7f
      const header = short === 126 ? 4 : short === 127 ? 10 : 2
      if (at + header > end) break
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short
      const start = at + header
      if (start + length > end) break
      const opcode = (bytes[at] as number) & 0x0f
      if (opcode === OPCODE.text) this.#params.onMessage(bytes, start, start + length)
      else if (opcode === OPCODE.ping) this.#socket.write(frame(OPCODE.pong, bytes.subarray(start, start + length)))
      else if (opcode === OPCODE.close) this.#params.onClose(`closed with ${length >= 2 ? bytes.readUInt16BE(start) : 'no code'}`)
      at = start + length
    }
    return at
  }
}

/** Masked with zeros, which the protocol allows. */
function frame(opcode: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(payload.length < 126 ? 6 : 8)
  header[0] = 0x80 | opcode
  if (payload.length < 126) header[1] = 0x80 | payload.length
  else {
    header[1] = 0x80 | 126
    header.writeUInt16BE(payload.length, 2)
  }
  return Buffer.concat([header, payload])
}

const upgradeRequest = (url: URL): string =>
  [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    '\r\n',
  ].join('\r\n')
