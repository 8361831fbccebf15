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
