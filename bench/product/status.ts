import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { signToken } from '../../src/testing/tokens.ts'
import { answer, quantile, readParams } from './driver.ts'
import { type Callee, callChild } from './fan-out-calls.ts'
import type { StatusClientsCalls } from './status-clients.ts'
import type { StatusServerCalls } from './status-server.ts'

/** From a change that affects everybody to the last of many viewers, each a user and a socket of their own: the server in one process, all viewers in another. */
interface StatusParams {
  readonly viewers: number
  readonly by: 'gate' | 'operation'
  readonly url: string
  readonly redisUrl: string
}

const params = readParams<StatusParams>()
const SECRET = 'the secret of the benchmark, which is no secret'
/** Each begins and ends once; the first is not counted. */
const ROUNDS = 11
const END_MS = 10_000

const start = <Served>(file: string, env: NodeJS.ProcessEnv): Callee<Served> =>
  callChild(fork(fileURLToPath(new URL(file, import.meta.url)), { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }), file)

const server = start<StatusServerCalls>('status-server.ts', {
  NODE_ENV: 'production',
  PORT: '0',
  LOG_LEVEL: 'warn',
  AUTH_JWT_SECRET: SECRET,
  DATABASE_URL: params.url,
  REDIS_URL: params.redisUrl,
})
const clients = start<StatusClientsCalls>('status-clients.ts', {})
const [{ url }] = await Promise.all([server.noted<{ readonly url: string }>('listening'), clients.noted('listening')])
const tokens = await Promise.all(
  Array.from({ length: params.viewers }, (_, index) => signToken({ secret: SECRET, subject: `viewer-${index}`, roles: ['USER'] })),
)

const atConnect = await server.calls.statements()
await clients.calls.connect({ url, tokens })
const connectStatements = (await server.calls.statements()) - atConnect

const lastMs: number[] = []
const statements: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  for (const begins of [true, false]) {
    const before = await server.calls.statements()
    const told = clients.calls.told({ isBlocked: begins })
    const changedAtUs = await server.calls.change({ by: params.by, begins })
    const lastAtUs = await told
    if (round === 0) continue
    lastMs.push((lastAtUs - changedAtUs) / 1_000)
    statements.push((await server.calls.statements()) - before)
  }
}
await Promise.all([server.end(END_MS), clients.end(END_MS)])
answer({
  medianMs: quantile(lastMs, 0.5),
  mostMs: Math.max(...lastMs),
  statements: quantile(statements, 0.5),
  mostStatements: Math.max(...statements),
  connectStatements,
})
