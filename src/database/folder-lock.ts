import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { UnavailableError } from '../base/errors.ts'
import { codeOf } from './errors.ts'

const LOCK_FILE = 'LOCK'

type Unlock = () => Promise<void>

/**
 * Takes a folder for this process; the returned function gives it back. PGlite has no lock of its own: a second process
 * would lose rows silently. On Linux an abstract unix socket, which the kernel gives back even after SIGKILL (it is seen by
 * processes of the same network namespace: containers that share a volume need a database server anyway); elsewhere a file
 * with the process id.
 */
export function lockFolder(folder: string): Promise<Unlock> {
  return process.platform === 'linux' ? lockBySocket(folder) : lockByFile(folder)
}

const inUse = (folder: string) =>
  new UnavailableError(
    `expected ${folder} to be free, but another process uses it; stop that process, set DATA_DIR to another folder, or set DATABASE_URL so that several processes can share one database`,
  )

async function lockBySocket(folder: string): Promise<Unlock> {
  // The inode, so that a link to the folder counts as the folder.
  const { dev, ino } = await stat(folder)
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(codeOf(error) === 'EADDRINUSE' ? inUse(folder) : error))
    server.listen({ path: `\0batuta-data-${dev}-${ino}`, exclusive: true }, resolve)
  })
  server.unref()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

/** For systems without abstract sockets. */
export async function lockByFile(folder: string): Promise<Unlock> {
  const path = join(folder, LOCK_FILE)
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const owner = Number(await readFile(path, 'utf8'))
    if (isAlive(owner)) throw inUse(folder)
    await rm(path, { force: true })
    return lockByFile(folder)
  }
  return () => rm(path, { force: true })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
