import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findBinaries } from './binaries.ts'
import { PLANTED } from './planted-secrets.ts'
import { freePort, keepProcess, unprivilegedUser, untilReady } from './processes.ts'

/** A throw-away PostgreSQL on a free port of the loopback address. */
export interface PostgresServer {
  readonly url: string
  /** Stops it as an administrator would (fast shutdown), or as a power switch would; its data stay. */
  halt(signal: 'SIGINT' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>
  /** Stops it and removes its data. */
  stop(): Promise<void>
}

const SETTINGS = { listen_addresses: '127.0.0.1', max_connections: '300', fsync: 'on', shared_buffers: '256MB', log_min_messages: 'fatal' }

export async function startPostgresServer(): Promise<PostgresServer> {
  const { initdb, postgres } = findBinaries()
  const user = unprivilegedUser()
  const folder = mkdtempSync(join(tmpdir(), 'batuta-postgres-'))
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  execFileSync(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '' },
    ...user,
  })
  const port = await freePort()
  // It trusts everybody: the password is there to be found where it must not be.
  const url = `postgres://postgres:${PLANTED.databasePassword}@127.0.0.1:${port}/postgres`
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: folder }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const start = async () => {
    const started = await keepProcess({ command: postgres, args: ['-D', data, '-p', String(port), ...settings], stopSignal: 'INT', user, folder })
    await untilReady('PostgreSQL', started, () => canConnect(url))
    return started
  }
  let kept = await start()
  return {
    url,
    halt: (signal) => kept.halt(signal),
    restart: async () => {
      kept = await start()
    },
    stop: () => kept.stop(),
  }
}

async function canConnect(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.end()
}
