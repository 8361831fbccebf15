import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../setup/source-files.ts'

const LONG_MS = 180_000
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Demo {
  readonly output: () => string
  /** Resolves once the output matches; rejects with it when the process ends first. */
  readonly said: (pattern: RegExp) => Promise<void>
  /** Ends it and answers its exit code; null after a kill. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

function startDemo(env: Record<string, string>): Demo {
  const child = spawn(process.execPath, ['src/demo.ts'], { cwd: ROOT, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let output = ''
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(output) && resolve()
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
      void exited.then(() => reject(new Error(`expected ${pattern}, but the demo ended with:\n${output}`)))
      look()
    })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return { output: () => output, said, end }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'batuta-demo-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test(
  'an import that kill -9 cut off goes on at the next start, to the exact counts',
  async () => {
    const env = { DATA_DIR: folder(), PORT: '0' }
    const first = startDemo(env)
    await first.said(/ of 18,000 rows · \d\d %/)
    await first.end('SIGKILL')

    const second = startDemo(env)
    await second.said(/stays up until Ctrl-C/)
    expect(second.output()).toMatch(/batuta ready \{"url":"http:\/\/127\.0\.0\.1:\d+"\}/)
    expect(second.output()).toContain('An earlier run left an import unfinished')
    expect(second.output()).toContain('17,838 rows accepted, 162 rejected.')
    expect(second.output()).not.toContain('is missing')
    expect(second.output()).toMatch(/GraphiQL +http:\/\/127\.0\.0\.1:\d+\/graphql/)
    expect(await second.end('SIGTERM')).toBe(0)
  },
  LONG_MS,
)

test(
  'a port that is taken is said, and another one is used',
  async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => other.close(() => resolve())))
    const { port } = other.address() as AddressInfo
    const demo = startDemo({ DATA_DIR: folder(), PORT: String(port) })
    await demo.said(/batuta ready/)
    expect(demo.output()).toContain(`Port ${port} is taken`)
    expect(demo.output()).not.toContain(`"http://127.0.0.1:${port}"`)
    await demo.end('SIGTERM')
  },
  LONG_MS,
)
