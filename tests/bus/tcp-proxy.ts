import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server on this machine, and fails as networks do. */
export interface TcpProxy {
  readonly port: number
  /** From now on keeps connections open and passes nothing on, of new ones too. Resolves when all that were open have been given up by their ends. */
  swallow(): Promise<void>
  /** Passes on again; connections that missed something are of no use any more. */
  pass(): void
  /** Breaks all connections off. */
  cut(): void
  close(): Promise<void>
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isSwallowing = false
  const keep = (socket: Socket, onData: (data: Buffer) => void) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (data: Buffer) => {
      if (!isSwallowing) onData(data)
    })
  }
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    keep(near, (data) => far.write(data))
    keep(far, (data) => near.write(data))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    swallow: async () => {
      isSwallowing = true
      await Promise.all([...sockets].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))))
    },
    pass: () => {
      isSwallowing = false
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        cut()
        server.close(() => resolve())
      }),
  }
}
