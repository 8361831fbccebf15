import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBinaries } from './binaries.ts'
import { freePort, keepProcess, untilReady } from './processes.ts'

/** A throw-away Redis on a free port of the loopback address; it keeps nothing on disk. */
export interface RedisServer {
  readonly url: string
  /** kill -9. */
  kill(): Promise<void>
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>
  /** Freezes it: connections stay open and nothing is answered. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

export async function startRedisServer(): Promise<RedisServer> {
  const { redisServer } = findBinaries()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'batuta-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, '--loglevel', 'warning']
  const start = async () => {
    const started = await keepProcess({ command: redisServer, args, stopSignal: 'TERM', folder })
    await untilReady('Redis', started, () => answersPing(port))
    return started
  }
  let kept = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => kept.halt('SIGKILL'),
    restart: async () => {
      kept = await start()
    },
    pause: () => {
      process.kill(kept.pid, 'SIGSTOP')
    },
    resume: () => {
      process.kill(kept.pid, 'SIGCONT')
    },
    stop: () => kept.stop(),
  }
}

function answersPing(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      if (String(data).startsWith('+PONG')) resolve()
      else reject(new Error(String(data)))
    })
  })
}
