import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A server for the tests, kept by a shell that reads our pipe: when this process ends, however it ends (kill -9 too), the
 * pipe closes and the shell stops the server and removes its folder.
 */
export interface KeptProcess {
  readonly pid: number
  /** What it wrote so far, for messages. */
  output(): string
  /** Whether it has ended. */
  ended(): boolean
  /** Stops it and removes its folder. */
  stop(): Promise<void>
  /** Sends the signal, which must end it; the folder stays. */
  halt(signal: NodeJS.Signals): Promise<void>
}

const KEEPER = `
"$@" </dev/null & pid=$!
echo $pid
trap "" INT TERM HUP
read -r order
kill -s "$STOP_SIGNAL" $pid 2>/dev/null
kill -s CONT $pid 2>/dev/null
wait $pid
cd /
[ "$order" = keep ] || rm -rf "$FOLDER"`
/** Enough for a message. */
const KEPT_OUTPUT = 8_000

export interface KeepProcessParams {
  readonly command: string
  readonly args: readonly string[]
  readonly stopSignal: 'INT' | 'TERM'
  /** The server's own folder. */
  readonly folder: string
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

export async function keepProcess(params: KeepProcessParams): Promise<KeptProcess> {
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', params.command, ...params.args], {
    // A group of its own, so that Ctrl-C in the terminal reaches us only.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', STOP_SIGNAL: params.stopSignal, FOLDER: params.folder },
    cwd: params.folder,
    ...params.user,
  })
  const exit = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))
  let output = ''
  keeper.stderr.on('data', (chunk: Buffer) => (output = (output + chunk).slice(-KEPT_OUTPUT)))
  const pid = await readPid(keeper, (text) => (output = (output + text).slice(-KEPT_OUTPUT)))
  unrefAll(keeper)
  const end = async (order: string) => {
    keeper.ref()
    keeper.stdin.end(order)
    await exit
  }
  return {
    pid,
    output: () => output,
    ended: () => !isAlive(pid),
    stop: () => end('remove\n'),
    halt: (signal) => {
      process.kill(pid, signal)
      return end('keep\n')
    },
  }
}

function readPid(keeper: ChildProcess, onOutput: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let first = ''
    let found = false
    keeper.once('error', reject)
    keeper.once('exit', () => reject(new Error('the keeper of a test server ended before it started')))
    keeper.stdout?.on('data', (chunk: Buffer) => {
      if (found) return onOutput(String(chunk))
      first += chunk
      const end = first.indexOf('\n')
      if (end < 0) return
      found = true
      onOutput(first.slice(end + 1))
      resolve(Number(first.slice(0, end)))
    })
  })
}

/** A test file may end without stopping what it started; the pipe's end stops it then. */
function unrefAll(keeper: ChildProcess): void {
  keeper.unref()
  for (const stream of keeper.stdio) if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A port of the loopback address that nobody used a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

const READY_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 25

/** Waits until `probe` no longer rejects; rejects with the server's own words when it ends or takes too long. */
export async function untilReady(name: string, kept: KeptProcess, probe: () => Promise<void>): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS
  for (;;) {
    try {
      return await probe()
    } catch (error) {
      if (kept.ended() || performance.now() > end) throw new Error(`${name} did not start: ${kept.output() || String(error)}`, { cause: error })
      await sleep(LOOK_EVERY_MS)
    }
  }
}

/** PostgreSQL refuses to run as root: then the ids of the first of these users that exists. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // The next one.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as')
}
