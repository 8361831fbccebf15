import { type DocumentNode, type FormattedExecutionResult, print } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { readEventStream } from './event-stream-reader.ts'

/** A document that knows its types, as codegen makes it. */
export interface TypedDocument<Data, Variables> extends DocumentNode {
  __apiType?: (variables: Variables) => Data
}

/** A client without a cache or any cleverness: one request is one request, one subscription is one socket. */
export interface ApiClient {
  /** Over HTTP; throws when the answer has errors. */
  ask<Data, Variables>(document: TypedDocument<Data, Variables> | string, variables?: Variables): Promise<Data>
  /** Over HTTP: the whole answer. */
  answer<Data, Variables>(document: TypedDocument<Data, Variables> | string, variables?: Variables): Promise<FormattedExecutionResult<Data>>
  /** Multipart, with the file at `variables.input.file`. */
  upload<Data>(document: TypedDocument<Data, never> | string, variables: { readonly input?: object }, file: NamedFile): Promise<Data>
  /** Over a WebSocket of its own. */
  watch<Data, Variables>(document: TypedDocument<Data, Variables> | string, variables?: Variables): WatchedStream<Data>
  /** Over server-sent events. */
  stream<Data, Variables>(
    document: TypedDocument<Data, Variables> | string,
    variables?: Variables,
  ): AsyncGenerator<FormattedExecutionResult<Data>, void, undefined>
}

export interface NamedFile {
  readonly name: string
  readonly content: Blob
}

export interface WatchedStream<Data> extends AsyncIterable<Data> {
  /** The next value; throws on errors and when the socket closes (a `CloseEvent`), `undefined` at the end. */
  next(): Promise<Data | undefined>
  /** Reads until one fits, and answers it; throws when the stream ends before. */
  until(fits: (data: Data) => boolean): Promise<Data>
  /** Ends the subscription in order. */
  end(): Promise<void>
  /** Cuts the connection without a word, as a lost network does. */
  cut(): void
  /** Code and reason of the close frame. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export interface ApiClientParams {
  /** Address of the server, without a path. */
  readonly url: string
  readonly token?: string
}

type Document = DocumentNode | string
const textOf = (document: Document): string => (typeof document === 'string' ? document : print(document))

export function createApiClient({ url, token }: ApiClientParams): ApiClient {
  const endpoint = `${url}/graphql`
  const headers = { 'x-batuta-csrf': '1', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const post = async <Data>(body: unknown): Promise<FormattedExecutionResult<Data>> => {
    const response = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return (await response.json()) as FormattedExecutionResult<Data>
  }
  return {
    ask: async (document, variables) => dataOf(await post({ query: textOf(document), variables })),
    answer: (document, variables) => post({ query: textOf(document), variables }),
    async upload(document, variables, file) {
      const { input } = variables
      const form = new FormData()
      form.set('operations', JSON.stringify({ query: textOf(document), variables: { ...variables, input: { ...input, file: null } } }))
      form.set('map', JSON.stringify({ 0: ['variables.input.file'] }))
      form.set('0', file.content, file.name)
      const response = await fetch(endpoint, { method: 'POST', headers, body: form })
      return dataOf((await response.json()) as never)
    },
    watch: (document, variables) => openStream(endpoint, token, { query: textOf(document), variables: variables as Record<string, unknown> }),
    stream: (document, variables) => readEventStream({ endpoint, headers, body: { query: textOf(document), variables } }),
  }
}

function dataOf<Data>(result: FormattedExecutionResult<Data>): Data {
  if (result.errors || !result.data)
    throw Object.assign(new Error(result.errors?.map((error) => error.message).join('; ') ?? 'no data'), { errors: result.errors })
  return result.data
}

function openStream<Data>(
  endpoint: string,
  token: string | undefined,
  payload: { readonly query: string; readonly variables?: Record<string, unknown> },
): WatchedStream<Data> {
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  let socket: WebSocket | undefined
  const client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token === undefined ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    on: {
      opened: (opened) => {
        socket = opened as WebSocket
      },
      closed: (event) => closed.resolve(event as { code: number; reason: string }),
    },
  })
  const source = client.iterate<Data>(payload)
  const next = async (): Promise<Data | undefined> => {
    const step = await source.next()
    return step.done ? undefined : dataOf<Data>(step.value as FormattedExecutionResult<Data>)
  }
  return {
    next,
    closed: closed.promise,
    cut: () => socket?.terminate(),
    async until(fits) {
      for (;;) {
        const data = await next()
        if (data === undefined) throw new Error('the stream ended before what was waited for')
        if (fits(data)) return data
      }
    },
    async end() {
      await source.return?.()
      await client.dispose()
    },
    async *[Symbol.asyncIterator]() {
      for (let data = await next(); data !== undefined; data = await next()) yield data
    },
  }
}
