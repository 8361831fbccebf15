import type { Clock } from '../../base/clock.ts'
import type { RedisAddress, RedisNode } from '../../base/redis-url.ts'

/** What is wrong with a connection to Redis, in words for whoever runs Batuta. Holds neither the password nor the command that failed. */
export class BusConnectionError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'BusConnectionError'
    this.code = code
  }
}

/** First words of Redis' refusals, and what helps. */
const REFUSALS: Readonly<Record<string, string>> = {
  WRONGPASS: 'Redis refuses the user or the password of REDIS_URL',
  NOAUTH: 'Redis demands a password, and REDIS_URL has none that it accepts',
  NOPERM: 'the Redis user of REDIS_URL may not do what the bus needs (subscribe, unsubscribe, publish, ping, and channels that begin with REDIS_KEY_PREFIX)',
  LOADING: 'Redis is still loading its data',
}
const BAD_CERTIFICATE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/

/** Turns what ioredis or Node says into a sentence that is fit for the log. */
export function explainFault(error: unknown, node: RedisNode, { password, tls }: Pick<RedisAddress, 'password' | 'tls'>): BusConnectionError {
  const { message = '', code } = error instanceof Error ? (error as Error & { readonly code?: unknown }) : { message: String(error) }
  // A server that does not know a command repeats its arguments, and AUTH is a command.
  const words = password === undefined ? message : message.replaceAll(password, '***')
  const refusal = /(?:^|: )([A-Z]{4,}) /.exec(words)?.[1]
  const kind = typeof code === 'string' ? code : (refusal ?? words)
  const place = `${node.host}:${node.port}`
  if (refusal !== undefined && refusal in REFUSALS) return new BusConnectionError(kind, `${REFUSALS[refusal] as string}: ${words} (${place})`)
  if (BAD_CERTIFICATE.test(kind)) {
    return new BusConnectionError(kind, `the certificate of Redis at ${place} is not trusted: ${words}; REDIS_TLS_CA names the file of a private authority`)
  }
  // A server without TLS waits for the end of what it takes for a line.
  if (tls && kind === 'ETIMEDOUT') return new BusConnectionError(kind, `no answer from Redis at ${place}: does this port speak TLS?`)
  return new BusConnectionError(kind, `${words || kind} (${place})`)
}

const QUIET_MS = 30_000
/** Kinds of faults that are told apart at once; beyond it all is told again. */
const KINDS_LIMIT = 32

/** The same fault is told at once and then every half minute at most, however often it happens. */
export class FaultLimit {
  readonly #clock: Clock
  readonly #told = new Map<string, { readonly at: number; again: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often it happened since it was last told; `undefined`: say nothing now. */
  admit(kind: string): number | undefined {
    const last = this.#told.get(kind)
    const now = this.#clock.monotonic()
    if (last && now - last.at < QUIET_MS) {
      last.again += 1
      return undefined
    }
    if (this.#told.size >= KINDS_LIMIT) this.#told.clear()
    this.#told.set(kind, { at: now, again: 0 })
    return last?.again ?? 0
  }
}
