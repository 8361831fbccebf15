import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../src/base/errors.ts'
import { COUNTS_FILE, type TestCounts } from './setup/count-reporter.ts'
import { SPAWNED_OUTPUT_FILE, searchOutput, tee } from './setup/output-record.ts'
import { startServers } from './setup/servers.ts'

/**
 * `npm test`: starts what the tests need, runs vitest with our arguments, stops what it started, also when it is
 * interrupted, and ends with the line `N passed, N failed`. A planted secret in anything that was written counts as a failed test.
 */
const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const REPORTER = fileURLToPath(new URL('./setup/count-reporter.ts', import.meta.url))

const READ_WITHIN_MS = 5_000

function runVitest(env: Record<string, string>, outputFile: string): Promise<number> {
  const reporters = ['--reporter=default', `--reporter=${REPORTER}`]
  const vitest = spawn(process.execPath, [VITEST, 'run', ...reporters, ...process.argv.slice(2)], {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}), ...process.env, ...env },
  })
  tee(vitest.stdout, process.stdout, outputFile)
  tee(vitest.stderr, process.stderr, outputFile)
  const stopListening = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const forward = () => vitest.kill(signal)
    process.on(signal, forward)
    return () => process.off(signal, forward)
  })
  return new Promise<number>((resolve, reject) => {
    vitest.once('error', reject)
    vitest.once('exit', (code, signal) => {
      const end = () => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
      // Then everything that it wrote was read; something that outlived it must not keep us.
      vitest.once('close', end)
      setTimeout(end, READ_WITHIN_MS).unref()
    })
  }).finally(() => {
    for (const stop of stopListening) stop()
  })
}

function readCounts(path: string): TestCounts {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TestCounts
  } catch {
    // Vitest ended before its reporters did: that is a failure, whatever it says itself.
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** Says which planted secrets were written, and where; answers how many. */
async function reportSecrets(written: Readonly<Record<string, string>>): Promise<number> {
  let count = 0
  for (const [what, path] of Object.entries(written)) {
    for (const { name, line, text, more } of await searchOutput(path)) {
      count += 1
      console.log(`The secret ${name} stands in ${what}, line ${line}${more > 0 ? ` (and ${more} more)` : ''}: ${text}`)
    }
  }
  return count
}

async function main(): Promise<number> {
  const servers = await startServers()
  const folder = mkdtempSync(join(tmpdir(), 'batuta-tests-'))
  const countsFile = join(folder, 'counts.json')
  try {
    const written = { 'the output of the tests': join(folder, 'tests.log'), 'the output of processes that tests started': join(folder, 'processes.log') }
    const [ownFile, spawnedFile] = Object.values(written) as [string, string]
    const environment = { DATABASE_URL: servers.postgresUrl, REDIS_URL: servers.redisUrl, [COUNTS_FILE]: countsFile, [SPAWNED_OUTPUT_FILE]: spawnedFile }
    const code = await runVitest(environment, ownFile)
    const { passed, failed: failedTests, skipped } = readCounts(countsFile)
    const failed = failedTests + (await reportSecrets(written))
    if (skipped > 0) console.log(`${skipped} skipped`)
    if (passed + failed === 0) console.log('No test ran.')
    console.log(`${passed} passed, ${failed} failed`)
    return code || (failed > 0 || passed === 0 ? 1 : 0)
  } finally {
    await servers.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(messageOf(error))
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
