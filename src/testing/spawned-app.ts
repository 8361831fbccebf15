import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../base/clock.ts'

/** Batuta as its users run it: a process of its own, known by its address, that tests may kill, freeze and drain. */
export interface SpawnedApp {
  /** From the line `batuta ready`. */
  readonly url: string
  readonly pid: number
  /** How it ended, once it has. */
  readonly exit: Promise<ProcessExit>
  /** The last of what it wrote: for messages of failed tests, and for facts in its log. */
  log(): string
  /** kill -9; resolves when it is gone. */
  kill(): Promise<ProcessExit>
  /** SIGTERM; resolves when it has drained. */
  terminate(): Promise<ProcessExit>
  /** SIGSTOP: it does nothing, though its connections stay open. */
  freeze(): void
  /** SIGCONT. */
  thaw(): void
}

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface SpawnAppParams {
  /** The environment, complete: nothing of this process is passed on. `PORT` is 0 unless given. */
  readonly env: Readonly<Record<string, string>>
  /** Another entry than `src/main.ts`, with its arguments. */
  readonly entry?: readonly [file: string, ...args: string[]]
  /** Told of all that it writes, as it comes. */
  readonly onOutput?: (text: string) => void
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const READY = /^batuta ready (\{.*\})$/m
const READY_WITHIN_MS = 120_000
const KEPT_LOG = 40_000
/** Outlives us by a moment only: when our end of its pipe closes, however we ended, it kills the process that we started. */
const WATCHDOG = 'read -r _; kill -9 "$1" 2>/dev/null'

let listener: (text: string) => void = () => undefined

/** Tells of all that any process of this module writes from now on, beside `onOutput` of its own. For the set-up of a test run. */
export function onSpawnedOutput(listen: (text: string) => void): void {
  listener = listen
}

/** Starts a process and resolves when it is ready; rejects with its own words when it isn't. */
export async function spawnApp({ env, entry = [MAIN], onOutput }: SpawnAppParams): Promise<SpawnedApp> {
  const child = spawn(process.execPath, entry, { env: { PORT: '0', LOG_LEVEL: 'warn', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<ProcessExit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  let output = ''
  const keep = (chunk: Buffer): void => {
    const text = chunk.toString()
    output = (output + text).slice(-KEPT_LOG)
    onOutput?.(text)
    listener(text)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  watch(child)
  const url = await readyUrl(child, exit, () => output)
  const end = (signal: NodeJS.Signals): Promise<ProcessExit> => {
    child.kill(signal)
    return exit
  }
  return {
    url,
    pid: child.pid as number,
    exit,
    log: () => output,
    kill: () => end('SIGKILL'),
    terminate: () => end('SIGTERM'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}

function watch(child: ChildProcess): void {
  if (child.pid === undefined) return
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', String(child.pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  // A watchdog that outlived its process could kill another one that got the same number.
  child.once('exit', () => watchdog.kill('SIGKILL'))
  watchdog.on('error', () => child.kill('SIGKILL'))
  watchdog.stdin?.on('error', () => undefined)
  watchdog.unref()
  const pipe = watchdog.stdin as { unref?: () => void } | null
  pipe?.unref?.()
}

async function readyUrl(child: ChildProcess, exit: Promise<ProcessExit>, output: () => string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const look = (): void => {
    const line = READY.exec(output())?.[1]
    if (line !== undefined) resolve((JSON.parse(line) as { readonly url: string }).url)
  }
  const giveUp = (why: string): void => reject(new Error(`the process ${why} before it was ready:\n${output()}`))
  const cancel = systemClock.after(READY_WITHIN_MS, () => {
    child.kill('SIGKILL')
    giveUp('took too long')
  })
  child.stdout?.on('data', look)
  child.once('error', reject)
  void exit.then(({ code, signal }) => giveUp(`ended with ${code ?? signal}`))
  try {
    return await promise
  } finally {
    cancel()
    child.stdout?.off('data', look)
  }
}
