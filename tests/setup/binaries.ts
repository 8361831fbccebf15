import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where PostgreSQL's and Redis's programs are; installed on Debian and Ubuntu when they are missing and we may. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly redisServer: string
}

const DEBIAN_POSTGRESQL = '/usr/lib/postgresql'

export function findBinaries(): Binaries {
  const found = lookUp()
  if ('missing' in found) return installed(found.missing)
  return found
}

function installed(missing: readonly string[]): Binaries {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(whatToInstall(missing))
  install()
  const found = lookUp()
  if ('missing' in found) throw new Error(whatToInstall(found.missing))
  return found
}

const whatToInstall = (missing: readonly string[]) =>
  `The tests need PostgreSQL 15 or newer and Redis 7 or newer, and could not find ${missing.join(' and ')}. Install them (Debian, Ubuntu: apt-get install postgresql redis-server; macOS: brew install postgresql@17 redis), or set DATABASE_URL and REDIS_URL to servers that the tests may use.`

function lookUp(): Binaries | { readonly missing: string[] } {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...debianFolders(), '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin']
  const find = (name: string) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  const initdb = find('initdb')
  const postgres = find('postgres')
  const redisServer = find('redis-server')
  if (initdb && postgres && redisServer) return { initdb, postgres, redisServer }
  const missing = Object.entries({ initdb, postgres, 'redis-server': redisServer })
  return { missing: missing.flatMap(([name, path]) => (path ? [] : [name])) }
}

/** Newest version first. */
function debianFolders(): string[] {
  if (!existsSync(DEBIAN_POSTGRESQL)) return []
  const versions = readdirSync(DEBIAN_POSTGRESQL).sort((left, right) => Number(right) - Number(left))
  return versions.map((version) => join(DEBIAN_POSTGRESQL, version, 'bin'))
}

/** Debian starts what it installs, unless this program says no. */
const POLICY = '/usr/sbin/policy-rc.d'

function install(): void {
  const ours = !existsSync(POLICY)
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Standard output belongs to the tests' results.
  const aptGet = (...args: string[]) => execFileSync('apt-get', args, { env, stdio: ['ignore', 2, 2] })
  try {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', 'postgresql', 'redis-server')
  } finally {
    if (ours) rmSync(POLICY, { force: true })
  }
}
