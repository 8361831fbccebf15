import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

export interface Message {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

/** A socket without any client library: frames in, frames out. */
export class RawSocket {
  readonly socket: WebSocket
  readonly #messages: Message[] = []
  readonly #waiting: ((message: Message) => void)[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as Message
      const waiting = this.#waiting.shift()
      if (waiting) waiting(message)
      else this.#messages.push(message)
    })
    this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })))
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  next(): Promise<Message> {
    const message = this.#messages.shift()
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Everything that came and nobody asked for yet. */
  get unread(): readonly Message[] {
    return this.#messages
  }
}

export interface OpenParams {
  /** Empty: none is offered, else graphql-transport-ws. */
  readonly protocol?: ''
  readonly headers?: Record<string, string>
}

export async function openSocket(url: string, params: OpenParams = {}): Promise<RawSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), params.protocol === '' ? [] : 'graphql-transport-ws', { headers: params.headers ?? {} })
  onTestFinished(() => socket.terminate())
  const raw = new RawSocket(socket)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  return raw
}

/** Opens, sends `connection_init` and waits for the acknowledgement. */
export async function connect(url: string, payload?: Record<string, unknown>): Promise<RawSocket> {
  const raw = await openSocket(url)
  raw.send({ type: 'connection_init', payload })
  const message = await raw.next()
  if (message.type !== 'connection_ack') throw new Error(`expected connection_ack, got ${message.type}`)
  return raw
}

/** Status of an upgrade that the server refuses. */
export function refusedUpgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    socket.once('open', () => {
      socket.terminate()
      reject(new Error('the upgrade was accepted'))
    })
  })
}

/** Waits for something that happens in the server without a signal of its own. */
export async function eventually(isTrue: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (isTrue()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`never happened: ${what}`)
}
