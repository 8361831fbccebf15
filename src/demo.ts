import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { type App, createApp } from './app.ts'
import { messageOf } from './base/errors.ts'
import { type Config, ConfigError, parseConfig } from './config/config.ts'
import { type Control, type FinishedImport, ImportClient } from './demo/import-client.ts'
import { Screen } from './demo/screen.ts'
import { eventText, resultText } from './demo/texts.ts'
import { watchImport } from './demo/watch-import.ts'
import { loadOperations, OperationsError } from './load-operations.ts'
import { Telemetry } from './telemetry/facts.ts'
import { createLogListener } from './telemetry/log-listener.ts'

/**
 * `npm run demo`: the server as `npm start` runs it, and beside it a client that imports the sample statement and watches it
 * over GraphQL. Its data survives it: an import that was cut off, by Ctrl-C or kill -9, is found and watched to its end.
 */
const STOP_WITHIN_MS = 20_000
/** What the demo takes from the environment. Authentication is left out: its client is the local administrator. */
const VARIABLES = ['PORT', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'LOG_LEVEL', 'LEASE_SECONDS', 'WORKER_SLOTS'] as const
const KEYS: Readonly<Record<string, Control>> = { p: 'pause', r: 'resume', c: 'cancel' }
const CTRL_C = '\u0003'

const isTerminal = process.stdout.isTTY && process.stdin.isTTY
const screen = new Screen({ write: (text) => process.stdout.write(text), isTerminal, columns: () => process.stdout.columns })

async function main(): Promise<void> {
  const config = await demoConfig()
  const telemetry = new Telemetry()
  telemetry.listen(createLogListener({ level: config.logLevel }))
  screen.say(`Starting Batuta with ${config.databaseUrl ? 'your PostgreSQL' : `the embedded database in ${config.dataDir}`} …`)
  const app = await createApp({ config, telemetry, ...(await loadOperations()) })
  closeWithGrace({ delay: STOP_WITHIN_MS, logger: false }, async ({ err }) => {
    screen.release()
    screen.say(err ? messageOf(err) : 'Stopping. What is unfinished goes on at the next start.')
    if (isTerminal) process.stdin.setRawMode(false)
    await app.stop()
  })
  await app.start()
  screen.say(`batuta ready ${JSON.stringify({ url: app.url })}\n`)
  await showImport(app)
  screen.say(`
GraphiQL  ${app.url}/graphql        open it in a browser: tabs show the life of an operation
API       ${app.url}/graphql        HTTP, SSE and WebSocket (${app.url.replace(/^http/, 'ws')}/graphql)
Data      ${config.databaseUrl ? 'in your PostgreSQL' : config.dataDir}

The server stays up until Ctrl-C.`)
}

async function demoConfig(): Promise<Config> {
  const given = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]))
  const config = parseConfig({ ...given, DATA_DIR: given['DATA_DIR'] || '.batuta/demo', LOG_LEVEL: given['LOG_LEVEL'] || 'error' })
  if (config.port === 0 || (await isFree(config.port, config.host))) return config
  screen.say(`Port ${config.port} is taken: any free one is used instead.`)
  return parseConfig({ ...given, DATA_DIR: config.dataDir, LOG_LEVEL: config.logLevel, PORT: '0' })
}

const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })

async function showImport(app: App): Promise<void> {
  const endpoint = `${app.url}/graphql`
  const client = new ImportClient(endpoint)
  const unfinished = await client.findUnfinished()
  const from = unfinished ?? (await client.upload(randomUUID()))
  screen.say(
    unfinished
      ? 'An earlier run left an import unfinished; it goes on by itself:'
      : 'Uploaded samples/statement-18000.csv as a GraphQL mutation; this is what a subscription says of it:',
  )
  // Nobody is there to press r.
  if (from.state === 'PAUSED' && !isTerminal) await client.control('resume', from.id)
  const stopKeys = isTerminal ? listenToKeys((control) => press(client, control, from.id)) : undefined
  await watchImport({
    endpoint,
    from,
    onProgress: (operation) => screen.show({ ...operation.progress, state: operation.state }),
    onEvent: (event) => screen.say(eventText(event)),
    onGap: (expected, got) => screen.say(`  event ${expected} is missing, ${got} came instead`),
  })
  stopKeys?.()
  screen.release()
  report(app.url, await client.finished(from.id))
}

function report(url: string, finished: FinishedImport | null): void {
  for (const line of finished ? resultText(finished, url) : ['The import is not there any more.']) screen.say(line)
}

async function press(client: ImportClient, control: Control, id: string): Promise<void> {
  try {
    const refusal = await client.control(control, id)
    if (refusal !== undefined) screen.say(`  ${control}: ${refusal}`)
  } catch (error) {
    screen.say(`  ${control}: ${messageOf(error)}`)
  }
}

/** Single keys while the import runs; the returned function gives the keyboard back. */
function listenToKeys(onControl: (control: Control) => Promise<void>): () => void {
  screen.say('Keys: p pause, r resume, c cancel, Ctrl-C stop')
  const onData = (data: Buffer): void => {
    const key = data.toString()
    // A terminal in raw mode sends no signals.
    if (key === CTRL_C) process.kill(process.pid, 'SIGINT')
    const control = KEYS[key]
    if (control) void onControl(control)
  }
  process.stdin.setRawMode(true).on('data', onData).resume()
  return () => {
    process.stdin.off('data', onData).pause()
    process.stdin.setRawMode(false)
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof ConfigError || error instanceof OperationsError ? error.message : error)
  process.exit(1)
}
