import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy on TCP between clients and servers, with the faults of real ones. Every new connection goes to the server that `upstream` names then. */
export interface FaultyProxy {
  readonly url: string
  /** Connections that are open. */
  readonly open: number
  /** WebSocket connections that were asked for so far. */
  readonly upgrades: number
  /** Cuts everything that is open, without a word. */
  cut(): void
  /** Answers upgrades with 400, as proxies do that know only HTTP; `false`: lets them through again. */
  refuseUpgrades(refuse: boolean): void
  /** Refuses streams of events too. */
  refuseStreams(refuse: boolean): void
  /** Takes nothing any more, or again. */
  refuseAll(refuse: boolean): void
  /** Lets the next request that holds this text through, and loses its answer. Resolves when that has happened. */
  loseAnswer(text: string): Promise<void>
  /** Holds the answer to the next request with this text back until the returned function is called. `held` resolves when the server has answered. */
  holdAnswer(text: string): { readonly held: Promise<void>; readonly release: () => void }
  /** Swallows everything that goes to the server from now on, on connections that are open: they look alive and are not. */
  freeze(): void
  stop(): Promise<void>
}

interface Fault {
  readonly text: string
  readonly kind: 'lose' | 'hold'
  readonly happened: PromiseWithResolvers<void>
  readonly release: Promise<void>
}

interface Line {
  readonly client: Socket
  readonly server: Socket
  fault?: Fault
  isFrozen?: boolean
}

const REFUSAL = 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

export async function startProxy(upstream: () => string): Promise<FaultyProxy> {
  const lines = new Set<Line>()
  const faults = new Set<Fault>()
  const refused = { upgrades: false, streams: false, all: false }
  let upgrades = 0

  const toServer = (line: Line, chunk: Buffer): void => {
    const text = chunk.toString('latin1')
    const isUpgrade = /^upgrade: websocket/im.test(text)
    if (isUpgrade) upgrades += 1
    if ((isUpgrade && refused.upgrades) || (refused.streams && /^accept: text\/event-stream/im.test(text))) {
      line.client.end(REFUSAL)
      line.server.destroy()
      return
    }
    for (const fault of faults) {
      if (!text.includes(fault.text)) continue
      faults.delete(fault)
      line.fault = fault
    }
    if (!line.isFrozen) line.server.write(chunk)
  }

  const toClient = async (line: Line, chunk: Buffer): Promise<void> => {
    const { fault } = line
    delete line.fault
    fault?.happened.resolve()
    if (fault?.kind === 'lose') return void line.client.destroy()
    if (fault?.kind === 'hold') {
      line.server.pause()
      await fault.release
      line.server.resume()
    }
    line.client.write(chunk)
  }

  const server: Server = createServer((client) => {
    if (refused.all) return void client.destroy()
    const line: Line = { client, server: connect(Number(new URL(upstream()).port), '127.0.0.1') }
    lines.add(line)
    client.on('data', (chunk) => toServer(line, chunk))
    line.server.on('data', (chunk) => void toClient(line, chunk))
    const end = (): void => {
      lines.delete(line)
      client.destroy()
      line.server.destroy()
    }
    for (const socket of [client, line.server]) socket.on('error', () => undefined)
    client.on('close', end)
    line.server.on('close', () => (line.client.writableEnded ? undefined : end()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const addFault = (kind: Fault['kind'], text: string) => {
    const [happened, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    faults.add({ kind, text, happened, release: released.promise })
    return { happened: happened.promise, release: released.resolve }
  }
  const cut = (): void => {
    for (const line of lines) line.client.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return lines.size
    },
    get upgrades() {
      return upgrades
    },
    cut,
    refuseUpgrades: (refuse) => {
      refused.upgrades = refuse
    },
    refuseStreams: (refuse) => {
      refused.streams = refuse
    },
    refuseAll: (refuse) => {
      refused.all = refuse
    },
    loseAnswer: (text) => addFault('lose', text).happened,
    holdAnswer: (text) => {
      const { happened, release } = addFault('hold', text)
      return { held: happened, release: () => release() }
    },
    freeze: () => {
      for (const line of lines) line.isFrozen = true
    },
    stop: async () => {
      cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
