import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerAddress } from 'smtp-server'

/** Real servers on this machine that take what is delivered, and keep a log of it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answering = (request: Received, response: ServerResponse, count: number) => void

export interface HttpReceiver {
  readonly url: string
  readonly host: string
  /** All that came, whole or not, in the order of their ends. */
  readonly received: readonly Received[]
  /** Instead of 200. */
  answer(answering: Answering): void
  close(): Promise<void>
}

export async function httpReceiver(): Promise<HttpReceiver> {
  const received: Received[] = []
  let answering: Answering = (_request, response) => response.end('{"ok":true}')
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() }
      received.push(one)
      answering(one, response, received.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    received,
    answer: (next) => {
      answering = next
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

export interface ReceivedMail {
  readonly to: readonly string[]
  /** Headers and body as they came. */
  readonly source: string
}

export interface SmtpReceiver {
  readonly url: string
  readonly received: readonly ReceivedMail[]
  /** Refuses recipients with this answer. */
  refuse(code: number | undefined): void
  /** Called when a mail is there and before it is acknowledged; never resolves: it never is. */
  beforeAcknowledging(wait: () => Promise<void>): void
  /** Breaks off all connections. */
  cut(): void
  close(): Promise<void>
}

export async function smtpReceiver(): Promise<SmtpReceiver> {
  const received: ReceivedMail[] = []
  let refusal: number | undefined
  let wait = (): Promise<void> => Promise.resolve()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 200,
    onRcptTo: (_address: SMTPServerAddress, _session, callback) => {
      if (refusal === undefined) callback()
      else callback(Object.assign(new Error('no such mailbox'), { responseCode: refusal }))
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), source: Buffer.concat(chunks).toString() })
        void acknowledge(wait(), callback)
      })
    },
  })
  server.on('error', () => undefined)
  const sockets = new Set<Socket>()
  server.server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    refuse: (code) => {
      refusal = code
    },
    beforeAcknowledging: (next) => {
      wait = next
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function acknowledge(wait: Promise<void>, callback: () => void): Promise<void> {
  await wait
  callback()
}

/** The value of a header, folded lines joined. */
export const headerOf = (source: string, name: string): string | undefined =>
  new RegExp(`^${name}:((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im')
    .exec(source.split(/\r?\n\r?\n/)[0] ?? '')?.[1]
    ?.replaceAll(/\r?\n[ \t]+/g, ' ')
    .trim()
