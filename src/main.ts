import closeWithGrace from 'close-with-grace'
import { createApp } from './app.ts'
import { ConfigError, parseConfig } from './config/config.ts'
import { loadOperations, OperationsError } from './load-operations.ts'
import { Telemetry } from './telemetry/facts.ts'
import { createLogListener } from './telemetry/log-listener.ts'

/** The process: reads the environment, starts the app, says where it listens, and drains on SIGTERM and SIGINT. */
const STOP_WITHIN_MS = 20_000
const OLDEST_NODE = [22, 18] as const

function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  throw new ConfigError([
    `Node ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}; start through npm (npm start), which brings its own on Linux`,
  ])
}

try {
  checkNode()
  const config = parseConfig(process.env)
  const telemetry = new Telemetry()
  telemetry.listen(createLogListener({ level: config.logLevel }))
  const app = await createApp({ config, telemetry, ...(await loadOperations()) })
  closeWithGrace({ delay: STOP_WITHIN_MS, logger: false }, async ({ err }) => {
    if (err) console.error(err)
    await app.stop()
  })
  await app.start()
  if (config.auth.source.kind === 'none') {
    console.error(
      'NO AUTHENTICATION is configured: whoever reaches this address is the local administrator. Set AUTH_JWT_SECRET, AUTH_JWKS_URL or AUTH_FIREBASE_PROJECT.',
    )
  }
  console.log(`batuta ready ${JSON.stringify({ url: app.url })}`)
} catch (error) {
  console.error(error instanceof ConfigError || error instanceof OperationsError ? error.message : error)
  process.exitCode = 1
}
