import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector, Client, type Dispatcher, errors } from 'undici'
import { BatutaError } from '../base/errors.ts'
import { isPublicAddress } from './public-address.ts'

/**
 * Requests to addresses that users typed. A name is resolved once, every address that it has is checked, and the connection goes to what was
 * checked, so that no second answer of the name can lead elsewhere. Nothing is followed, proxied or kept alive; time and size are bounded.
 */
export interface GuardedHttpParams {
  /** `host` or `host:port`, as in an address: may be private, may use http and any port. */
  readonly allowedHosts?: readonly string[]
  readonly limits?: Partial<HttpLimits>
  /** Resolves names; the system's by default. */
  readonly lookup?: LookupFunction
}

export interface HttpLimits {
  readonly connectMs: number
  /** From the end of the request until the head of the answer. */
  readonly headersMs: number
  /** Between two parts of the answer's body. */
  readonly bodyMs: number
  /** Of an answer's body. */
  readonly responseBytes: number
}

const DEFAULT_HTTP_LIMITS: HttpLimits = { connectMs: 5_000, headersMs: 10_000, bodyMs: 5_000, responseBytes: 64 * 1024 }

export interface HttpGet {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** The address is of the operator's configuration, so it may be private. */
  readonly isTrusted?: boolean
}

export interface HttpPost extends HttpGet {
  readonly body: string
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** We do not send there; nothing was sent. The message names what the user typed, never what a name resolved to. */
export class AddressRefusedError extends BatutaError {
  constructor(message: string) {
    super('ADDRESS_REFUSED', message)
  }
}

/** No connection was made, so nothing was sent. */
export class NotConnectedError extends BatutaError {
  constructor(host: string, options?: ErrorOptions) {
    super('NOT_CONNECTED', `expected a connection to ${host}, but it could not be made`, options)
  }
}

/** The request went out, but no whole answer came: it may have arrived or not. */
export class AnswerLostError extends BatutaError {
  constructor(host: string, options?: ErrorOptions) {
    super('ANSWER_LOST', `expected an answer of ${host}, but none came; the request may have arrived`, options)
  }
}

/** There is an answer, but it is longer than we read. */
export class AnswerTooLongError extends BatutaError {
  constructor(host: string, bytes: number, options?: ErrorOptions) {
    super('ANSWER_TOO_LONG', `expected an answer of at most ${bytes} bytes of ${host}, got more`, options)
  }
}

const FIRST_UNPRIVILEGED_PORT = 1_024

export class GuardedHttp {
  readonly #allowed: ReadonlySet<string>
  readonly #limits: HttpLimits
  readonly #lookup: LookupFunction

  constructor({ allowedHosts = [], limits = {}, lookup = systemLookup }: GuardedHttpParams = {}) {
    this.#allowed = new Set(allowedHosts.map((host) => host.toLowerCase()))
    this.#limits = { ...DEFAULT_HTTP_LIMITS, ...limits }
    this.#lookup = lookup
  }

  /** Why an address can't be used, as a clause that begins with "expected"; `undefined` when it looks good (its name is not resolved yet). */
  refusalOf(address: string, isTrusted = false): string | undefined {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url || !/^https?:$/.test(url.protocol)) return 'expected an https address'
    if (url.username !== '' || url.password !== '') return 'expected an address without user name and password'
    if (isTrusted || this.#isAllowed(url)) return undefined
    if (url.protocol !== 'https:') return 'expected an https address'
    if (url.port !== '' && Number(url.port) < FIRST_UNPRIVILEGED_PORT) return `expected port 443 or one from ${FIRST_UNPRIVILEGED_PORT} on, got ${url.port}`
    const host = bareHost(url)
    if (isIP(host) !== 0 && !isPublicAddress(host)) return `expected an address on the public internet, got ${host}`
    return isLocalName(host) ? `expected an address on the public internet, got ${host}` : undefined
  }

  /**
   * Throws `AddressRefusedError`, `NotConnectedError` or `AnswerLostError`; any status is an answer. The status is what counts: a body that is too long
   * or breaks off is left out.
   */
  post({ body, ...request }: HttpPost): Promise<HttpAnswer> {
    return this.#ask(request, (connection) => connection.post({ ...request, body }))
  }

  /** Likewise, but what is asked for is the body: one that breaks off is `AnswerLostError`, one that is too long `AnswerTooLongError`. */
  get(request: HttpGet): Promise<HttpAnswer> {
    return this.#ask(request, (connection) => connection.get(request))
  }

  async #ask({ url: address, isTrusted = false }: HttpGet, ask: (connection: Connection) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const refusal = this.refusalOf(address, isTrusted)
    if (refusal !== undefined) throw new AddressRefusedError(refusal)
    const url = new URL(address)
    const connection = new Connection({ url, lookup: isTrusted || this.#isAllowed(url) ? this.#lookup : this.#checkedLookup(url), limits: this.#limits })
    try {
      return await ask(connection)
    } finally {
      await connection.destroy()
    }
  }

  #isAllowed(url: URL): boolean {
    const port = url.port || (url.protocol === 'https:' ? '443' : '80')
    return this.#allowed.has(url.hostname) || this.#allowed.has(`${url.hostname}:${port}`)
  }

  /** Called once per connection; what it answers is what is connected to. */
  #checkedLookup(url: URL): LookupFunction {
    return (hostname, options, callback) => {
      this.#lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, [])
        const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
        const isSafe = addresses.length > 0 && addresses.every(({ address }) => isPublicAddress(address))
        if (!isSafe) return callback(new AddressRefusedError(`expected a name on the public internet, got ${url.hostname}`), [])
        const [first] = addresses
        if (options.all) callback(null, addresses)
        else callback(null, first?.address ?? '', first?.family)
      })
    }
  }
}

interface ConnectionParams {
  readonly url: URL
  readonly lookup: LookupFunction
  readonly limits: HttpLimits
}

/** One connection for one request: nothing is left that an unrelated request could be written to when it breaks. */
class Connection {
  readonly #url: URL
  readonly #limits: HttpLimits
  readonly #client: Client
  #connected = false

  constructor({ url, lookup, limits }: ConnectionParams) {
    this.#url = url
    this.#limits = limits
    const connect = buildConnector({ timeout: limits.connectMs, lookup, allowH2: false })
    this.#client = new Client(url.origin, {
      connect: (options, callback) =>
        connect(options, (...answer) => {
          this.#connected = answer[0] === null
          callback(...answer)
        }),
      pipelining: 0,
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.bodyMs,
      maxResponseSize: limits.responseBytes,
    })
  }

  async post({ body, ...request }: Pick<HttpPost, 'headers' | 'body' | 'signal'>): Promise<HttpAnswer> {
    const answer = await this.#request('POST', request, body)
    return { ...headOf(answer), body: await this.#textIfWhole(answer.body) }
  }

  async get(request: Pick<HttpGet, 'headers' | 'signal'>): Promise<HttpAnswer> {
    const answer = await this.#request('GET', request)
    return { ...headOf(answer), body: await this.#wholeText(answer.body) }
  }

  async #request(
    method: 'GET' | 'POST',
    { headers, signal }: Pick<HttpGet, 'headers' | 'signal'>,
    body: string | null = null,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#client.request({
        path: `${this.#url.pathname}${this.#url.search}`,
        method,
        headers: { 'user-agent': 'batuta', ...headers },
        body,
        signal: signal ?? null,
      })
    } catch (error) {
      if (error instanceof AddressRefusedError) throw error
      throw this.#connected ? new AnswerLostError(this.#url.host, { cause: error }) : new NotConnectedError(this.#url.host, { cause: error })
    }
  }

  async #textIfWhole(body: AnswerBody): Promise<string> {
    try {
      return (await body.text()).slice(0, this.#limits.responseBytes)
    } catch {
      return ''
    }
  }

  async #wholeText(body: AnswerBody): Promise<string> {
    try {
      return await body.text()
    } catch (error) {
      const { host } = this.#url
      if (error instanceof errors.ResponseExceededMaxSizeError) throw new AnswerTooLongError(host, this.#limits.responseBytes, { cause: error })
      throw new AnswerLostError(host, { cause: error })
    }
  }

  async destroy(): Promise<void> {
    await this.#client.destroy()
  }
}

interface AnswerBody {
  text(): Promise<string>
}

function headOf({ statusCode, headers }: Dispatcher.ResponseData): Pick<HttpAnswer, 'status' | 'headers'> {
  const told = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')])
  return { status: statusCode, headers: Object.fromEntries(told) as Record<string, string> }
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

const isLocalName = (host: string): boolean => /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/.test(host)
