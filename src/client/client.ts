import { type DocumentNode, type FormattedExecutionResult, type GraphQLFormattedError, parse, print } from 'graphql'
import { backoffMs } from './backoff.ts'
import { Connection, type ConnectionStatus, type ConnectionTimes } from './connection.ts'
import { Http } from './http.ts'
import { isRepeatable, withIdempotencyKeys } from './idempotency.ts'
import { keepNewest, MOST_ASKS } from './keep-newest.ts'
import { prepareDocument } from './prepare-document.ts'
import type { Gap } from './resume.ts'
import { type GiveUp, GivingUp, type RetryingParams } from './retrying.ts'
import { Seen } from './seen.ts'
import { Token, type TokenSource } from './token.ts'
import { ConnectionError, isRefusal, RequestRefusedError, type Result, type TransportName } from './transport.ts'

/**
 * The client kit: one object for queries, mutations and subscriptions that resumes, retries, refreshes its token and falls back by itself. Also what
 * Apollo and urql subscribe over (`subscribe` has the shape of graphql-ws's). Nothing in it knows a framework.
 */
export { backoffMs } from './backoff.ts'
export type { ConnectionStatus, ConnectionTimes } from './connection.ts'
export { connectionFields, keyedMutations, losslessFields, possibleTypes, unkeyedTypes } from './generated/schema-facts.ts'
export { isRepeatable, newIdempotencyKey, withIdempotencyKeys } from './idempotency.ts'
export { type Answer, type Kept, keepNewest } from './keep-newest.ts'
export { type PreparedDocument, prepareDocument } from './prepare-document.ts'
export { type Gap, Resumption, type ResumptionParams } from './resume.ts'
export type { GiveUp } from './retrying.ts'
export { Seen } from './seen.ts'
export type { TokenRequest, TokenSource } from './token.ts'
export { ConnectionError, RequestRefusedError, type TransportName } from './transport.ts'

export interface BatutaClientOptions {
  /** Address of the API, such as https://batuta.example.com/graphql. */
  readonly url: string
  readonly token?: TokenSource
  /** Tries in a row before giving up; 10 by default. */
  readonly tries?: number
  /** Told when it has given up. Subscriptions then wait for `retry()`, or for a new one; without this callback they end with an error. */
  readonly onGiveUp?: (giveUp: GiveUp) => void
  readonly onStatus?: (status: ConnectionStatus) => void
  /** Ways to subscribe, best first; all three by default. */
  readonly transports?: readonly TransportName[]
  /** Failures without ever a connection after which the next way is tried; 2 by default. */
  readonly failuresBeforeFallback?: number
  /** Milliseconds before the next try; by default doubling from a second to half a minute, half of it random. */
  readonly retryDelayMs?: (failures: number) => number
  readonly times?: Partial<ConnectionTimes>
  /** What is newest of what was seen; share it with a cache's link or exchange. */
  readonly seen?: Seen
  /** Where there is no global one: `ws` in Node 20. */
  readonly webSocketImpl?: unknown
  readonly fetch?: typeof fetch
}

const DEFAULT_TRIES = 10
const DEFAULT_TIMES: ConnectionTimes = {
  heartbeatMs: 30_000,
  pongTimeoutMs: 10_000,
  connectTimeoutMs: 15_000,
  refreshBeforeMs: 60_000,
  silenceMs: 30_000,
  pollMs: 2_000,
  probeMs: 30_000,
}

/** A document that knows its types, as codegen makes it. */
export interface TypedDocument<Data, Variables> extends DocumentNode {
  __apiType?: (variables: Variables) => Data
}

export interface WatchObserver<Data> {
  next(data: Data): void
  /** `RequestRefusedError`: the server refused. `ConnectionError`: it could not be reached any more. Nothing follows. */
  error?(error: RequestRefusedError | ConnectionError): void
  /** The stream is over: a lossless one after the last event. */
  complete?(): void
  /** Events were lost on the server (retention, a restored backup); a snapshot follows. */
  gap?(gap: Gap): void
}

/** A payload of graphql-ws. */
export interface SubscribePayload {
  readonly query: string | DocumentNode
  readonly variables?: Record<string, unknown> | null | undefined
}

export interface SubscribeSink {
  next(result: FormattedExecutionResult<Record<string, unknown>, unknown>): void
  error(error: unknown): void
  complete(): void
}

export interface BatutaClient {
  /** Asks over HTTP, again and again while the server is away. Throws `RequestRefusedError` and `ConnectionError`. */
  query<Data, Variables>(document: TypedDocument<Data, Variables>, variables: Variables): Promise<Data>
  /** Changes over HTTP. Starts get an idempotency key, so that they are repeated safely; other mutations are sent once. */
  mutate<Data, Variables>(document: TypedDocument<Data, Variables>, variables: Variables): Promise<Data>
  /** Subscribes. Lossless streams resume by themselves, whatever happens to the connection. The returned function ends it. */
  watch<Data, Variables>(document: TypedDocument<Data, Variables>, variables: Variables, observer: WatchObserver<Data>): () => void
  /** The same with payload and sink of graphql-ws: for Apollo's `GraphQLWsLink` and urql's `subscriptionExchange`. */
  subscribe(payload: SubscribePayload, sink: SubscribeSink): () => void
  readonly status: ConnectionStatus
  /** What is newest of what was seen. */
  readonly seen: Seen
  /** Goes on after `onGiveUp`. */
  retry(): void
  /** Ends everything; nothing is called any more. */
  close(): void
}

export function createBatutaClient(options: BatutaClientOptions): BatutaClient {
  const token = new Token(options.token)
  const closing = new AbortController()
  const givingUp = options.onGiveUp && new GivingUp(options.onGiveUp)
  const retrying: RetryingParams = { tries: options.tries ?? DEFAULT_TRIES, delayMs: options.retryDelayMs ?? backoffMs, givingUp, signal: closing.signal }
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const http = new Http({ url: options.url, token, fetch: send, tries: retrying.tries, delayMs: retrying.delayMs })
  const connection = new Connection({
    url: options.url,
    socketUrl: options.url.replace(/^http/, 'ws'),
    token,
    http,
    retrying,
    times: { ...DEFAULT_TIMES, ...options.times },
    transports: options.transports ?? ['websocket', 'sse', 'polling'],
    failuresBeforeFallback: options.failuresBeforeFallback ?? 2,
    fetch: send,
    webSocketImpl: options.webSocketImpl,
    onStatus: options.onStatus ?? (() => undefined),
  })
  const seen = options.seen ?? new Seen()
  const parts = { http, connection, seen, signal: closing.signal }
  return {
    seen,
    query: (document, variables) => ask(parts, document, variables as Variables),
    mutate: (document, variables) => {
      const keyed = withIdempotencyKeys({ document, variables: variables as Variables })
      return ask(parts, keyed.document, keyed.variables)
    },
    watch: (document, variables, observer) => watch(parts, { document, variables: variables as Variables }, observer),
    subscribe: (payload, sink) => connection.subscribe({ document: documentOf(payload.query), variables: payload.variables ?? {}, sink }),
    get status() {
      return connection.status
    },
    retry: () => givingUp?.retry(),
    close: () => {
      closing.abort()
      connection.close()
    },
  }
}

type Variables = Readonly<Record<string, unknown>>

interface Parts {
  readonly http: Http
  readonly connection: Connection
  readonly seen: Seen
  readonly signal: AbortSignal
}

async function ask<Data>(parts: Parts, document: DocumentNode, variables: Variables, asksLeft = MOST_ASKS): Promise<Data> {
  const { http, seen, signal } = parts
  const prepared = prepareDocument(document)
  const request = { query: print(prepared.document), variables, operationName: prepared.operation.name?.value }
  const result = isRepeatable({ document, variables }) ? await http.postRepeatedly(request, signal) : await http.post(request, signal)
  const kept = keepNewest(seen, { data: dataOf<Data>(result), document: prepared.document, variables })
  if (!kept.isBehind || prepared.operation.operation !== 'query' || asksLeft <= 1) return kept.data
  return ask(parts, document, variables, asksLeft - 1)
}

function dataOf<Data>({ data, errors }: Result): Data {
  if (data === null || data === undefined) throw new RequestRefusedError(errors ?? [])
  return data as Data
}

function watch<Data>(
  { connection, seen }: Parts,
  { document, variables }: { readonly document: DocumentNode; readonly variables: Variables },
  observer: WatchObserver<Data>,
): () => void {
  const prepared = prepareDocument(document)
  const refuse = (errors: readonly GraphQLFormattedError[]): void => observer.error?.(new RequestRefusedError(errors))
  const stop = connection.subscribe({
    document,
    variables,
    onGap: (gap) => observer.gap?.(gap),
    sink: {
      next: ({ data, errors }) => {
        if (data) return observer.next(keepNewest(seen, { data: data as Data, document: prepared.document, variables }).data)
        // The value could not be made; what follows may be.
        if (errors) refuse(errors)
        stop()
      },
      error: (error) => (isRefusal(error) ? refuse(error) : observer.error?.(error instanceof ConnectionError ? error : new ConnectionError(error))),
      complete: () => observer.complete?.(),
    },
  })
  return stop
}

/** Texts of libraries that print documents, parsed once. */
const parsed = new Map<string, DocumentNode>()
const MOST_PARSED = 200

function documentOf(query: string | DocumentNode): DocumentNode {
  if (typeof query !== 'string') return query
  const known = parsed.get(query)
  if (known) return known
  if (parsed.size >= MOST_PARSED) parsed.clear()
  const document = parse(query, { noLocation: true })
  parsed.set(query, document)
  return document
}
