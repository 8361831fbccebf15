import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findBinaries } from './binaries.ts'
import { freePort, keepProcess, untilReady } from './processes.ts'

/** A throw-away Redis on a free port of the loopback address; it keeps nothing on disk. */
export interface RedisServer {
  /** With the password, and `rediss:` where it speaks TLS. */
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

export interface RedisServerParams {
  readonly password?: string
  /** Speaks TLS only, with this certificate and key (PEM files). */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** A node of a cluster, with no slots yet. */
  readonly cluster?: boolean
  /** Microseconds that it takes for each key when it loads its data at a start. */
  readonly loadDelayUs?: number
}

export async function startRedisServer(params: RedisServerParams = {}): Promise<RedisServer> {
  const { redisServer } = findBinaries()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'batuta-redis-'))
  const args = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, '--loglevel', 'warning', ...(await argumentsOf(params, port))]
  const start = async () => {
    const started = await keepProcess({ command: redisServer, args, stopSignal: 'TERM', folder })
    await untilReady('Redis', started, () => (params.tls ? accepts(port) : answersPing(port)))
    return started
  }
  let kept = await start()
  return {
    url: `${params.tls ? 'rediss' : 'redis'}://${params.password === undefined ? '' : `:${encodeURIComponent(params.password)}@`}127.0.0.1:${port}`,
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

async function argumentsOf({ password, tls, cluster, loadDelayUs }: RedisServerParams, port: number): Promise<string[]> {
  const ports = tls ? ['--port', '0', '--tls-port', `${port}`] : ['--port', `${port}`]
  const certificates = tls
    ? ['--tls-cert-file', tls.certFile, '--tls-key-file', tls.keyFile, '--tls-ca-cert-file', tls.certFile, '--tls-auth-clients', 'no']
    : []
  const secret = password === undefined ? [] : ['--requirepass', password]
  // By itself the port of the nodes' own conversation is 10,000 higher, which may be none at all.
  const node = cluster ? ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`, '--cluster-node-timeout', '1000'] : []
  const loading = loadDelayUs === undefined ? [] : ['--key-load-delay', `${loadDelayUs}`, '--loading-process-events-interval-bytes', '1024']
  return [...ports, ...certificates, ...secret, ...node, ...loading]
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  /** All nodes, as REDIS_URL names them. */
  readonly url: string
  stop(): Promise<void>
}

/** Three masters that know each other. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all([1, 2, 3].map(() => startRedisServer({ cluster: true })))
  const hosts = nodes.map(({ url }) => new URL(url).host)
  const client = findBinaries().redisServer.replace(/server$/, 'cli')
  // It returns once every node says that all slots are served.
  await promisify(execFile)(client, ['--cluster', 'create', ...hosts, '--cluster-yes'])
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  return { nodes, url: `redis://${hosts.join(',')}`, stop }
}

function accepts(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}

function answersPing(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      // Whoever demands a password, or still loads, is there.
      if (/^\+PONG|^-NOAUTH|^-LOADING/.test(String(data))) resolve()
      else reject(new Error(String(data)))
    })
  })
}
