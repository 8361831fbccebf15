import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../samples/sync-service.mjs', import.meta.url))
const PRODUCTS = 25

/** The shop whose catalogue is synced: pages are answered when the test lets them. */
export interface Shop {
  readonly url: string
  /** Lets so many more pages be read. */
  release(pages: number): void
  /** From now on it answers 500. */
  break(): void
  stop(): Promise<void>
}

export async function startShop(pages: number): Promise<Shop> {
  const waiting: ServerResponse[] = []
  let [allowed, isBroken] = [0, false]
  const answer = (): void => {
    while (waiting.length > 0 && (allowed > 0 || isBroken)) {
      const response = waiting.shift() as ServerResponse
      allowed -= 1
      response.writeHead(isBroken ? 500 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ pages, products: Array.from({ length: PRODUCTS }, (_, index) => index) }))
    }
  }
  const server = createServer((_request, response) => {
    waiting.push(response)
    answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/products`,
    release: (more) => {
      allowed += more
      answer()
    },
    break: () => {
      isBroken = true
      answer()
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The sync of another team, as a process of its own. */
export interface SyncService {
  /** How it ended. */
  readonly exit: Promise<number | null>
  output(): string
  kill(): Promise<void>
}

export function startSync(env: Readonly<Record<string, string>>): SyncService {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  return {
    exit,
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}
