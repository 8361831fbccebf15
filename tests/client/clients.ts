import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { RetryLink } from '@apollo/client/link/retry'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { fetchExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { retryExchange } from '@urql/exchange-retry'
import { OperationTypeNode } from 'graphql'
import { createClient, type Client as WsClient } from 'graphql-ws'
import { onEnd, pipe, subscribe } from 'wonka'
import { WebSocket } from 'ws'
import { batutaLink, possibleTypes, subscriptionLink, typePolicies } from '../../src/client/apollo.ts'
import { type BatutaClient, type BatutaClientOptions, createBatutaClient, type TypedDocument } from '../../src/client/client.ts'
import { graphcacheConfig } from '../../src/client/graphcache.ts'
import { batutaExchange, forwardSubscription } from '../../src/client/urql.ts'

type Variables = Record<string, unknown>

/** What an app does, with one of the libraries and the kit. */
export interface KitClient {
  mutate<Data, V extends Variables>(document: TypedDocument<Data, V>, variables: V): Promise<Data>
  query<Data, V extends Variables>(document: TypedDocument<Data, V>, variables: V): Promise<Data>
  watch<Data, V extends Variables>(document: TypedDocument<Data, V>, variables: V, see: (data: Data) => void, end?: (error?: unknown) => void): () => void
  /** Every value that the cache shows for a query from now on. */
  show?<Data, V extends Variables>(document: TypedDocument<Data, V>, variables: V, see: (data: Data) => void): () => void
  close(): Promise<void>
}

export const QUICK = { retryDelayMs: () => 5 + Math.random() * 20 }

const needed = <Data>(data: Data | null | undefined, error: unknown): Data => {
  if (data === null || data === undefined || error) throw error instanceof Error ? error : new Error(`expected data, got ${JSON.stringify(error)}`)
  return data
}

/** graphql-ws as its documentation sets it up: nothing of the kit in it. */
const plainWire = (url: string): WsClient =>
  createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 1_000,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, QUICK.retryDelayMs())),
  })

export const kitOptions = (url: string, options: Partial<BatutaClientOptions> = {}): BatutaClientOptions => ({
  url: `${url}/graphql`,
  webSocketImpl: WebSocket,
  ...QUICK,
  tries: 1_000,
  ...options,
})

/** The kit alone. */
export function kitClient(url: string, options: Partial<BatutaClientOptions> = {}): KitClient & { readonly kit: BatutaClient } {
  const kit = createBatutaClient(kitOptions(url, options))
  return {
    kit,
    mutate: (document, variables) => kit.mutate(document, variables),
    query: (document, variables) => kit.query(document, variables),
    watch: (document, variables, see, end) => kit.watch(document, variables, { next: see, error: end ?? (() => undefined), complete: () => end?.() }),
    close: async () => kit.close(),
  }
}

function apolloOver(url: string, subscriptions: ApolloLink, dispose: () => void): KitClient & { readonly apollo: ApolloClient } {
  const retrying = new RetryLink({ delay: { initial: 5, max: 20 }, attempts: { max: 50 } })
  const http = new HttpLink({ uri: `${url}/graphql` })
  const sending = ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, subscriptions, ApolloLink.from([retrying, http]))
  const apollo = new ApolloClient({
    link: ApolloLink.from([batutaLink({ retryDelayMs: QUICK.retryDelayMs }), sending]),
    cache: new InMemoryCache({ possibleTypes, typePolicies }),
  })
  return {
    apollo,
    mutate: async (document, variables) => {
      const { data, error } = await apollo.mutate({ mutation: document, variables })
      return needed(data, error)
    },
    query: async (document, variables) => {
      const { data, error } = await apollo.query({ query: document, variables, fetchPolicy: 'network-only' })
      return needed(data, error)
    },
    watch: (document, variables, see, end) => {
      const watching = apollo
        .subscribe({ query: document, variables })
        .subscribe({ next: ({ data, error }) => (error ? end?.(error) : data && see(data)), complete: () => end?.() })
      return () => watching.unsubscribe()
    },
    show: (document, variables, see) => {
      const showing = apollo
        .watchQuery({ query: document, variables, nextFetchPolicy: 'cache-only' })
        .subscribe(({ data, dataState }) => dataState === 'complete' && see(data))
      return () => showing.unsubscribe()
    },
    close: async () => {
      apollo.stop()
      dispose()
    },
  }
}

/** Apollo over an unmodified graphql-ws. */
export function apolloOverPlainWire(url: string) {
  const wire = plainWire(url)
  return apolloOver(url, new GraphQLWsLink(wire), () => void wire.dispose())
}

/** Apollo over the kit. */
export function apolloOverKit(url: string) {
  const kit = createBatutaClient(kitOptions(url))
  return apolloOver(url, subscriptionLink(kit), () => kit.close())
}

function urqlOver(url: string, forward: Parameters<typeof subscriptionExchange>[0]['forwardSubscription'], dispose: () => void): KitClient {
  const client = new UrqlClient({
    url: `${url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      // It warns in development of what a frame of another type lacks.
      cacheExchange({ ...graphcacheConfig, logger: () => undefined }),
      batutaExchange({ retryDelayMs: QUICK.retryDelayMs }),
      retryExchange({ initialDelayMs: 5, maxDelayMs: 20, maxNumberAttempts: 50 }),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: forward }),
    ],
  })
  return {
    mutate: async (document, variables) => {
      const { data, error } = await client.mutation(document, variables).toPromise()
      return needed(data, error)
    },
    query: async (document, variables) => {
      const { data, error } = await client.query(document, variables, { requestPolicy: 'network-only' }).toPromise()
      return needed(data, error)
    },
    watch: (document, variables, see, end) => {
      const { unsubscribe } = pipe(
        client.subscription(document, variables),
        onEnd(() => end?.()),
        subscribe(({ data, error }) => (error ? end?.(error) : data && see(data))),
      )
      return unsubscribe
    },
    show: (document, variables, see) => {
      const { unsubscribe } = client.query(document, variables).subscribe(({ data }) => data && see(data))
      return unsubscribe
    },
    close: async () => dispose(),
  }
}

/** urql over an unmodified graphql-ws. */
export function urqlOverPlainWire(url: string): KitClient {
  const wire = plainWire(url)
  return urqlOver(
    url,
    (request) => ({
      subscribe: (sink) => ({
        unsubscribe: wire.subscribe({ query: request.query ?? '', variables: request.variables as Variables }, sink as never),
      }),
    }),
    () => void wire.dispose(),
  )
}

/** urql over the kit. */
export function urqlOverKit(url: string): KitClient {
  const kit = createBatutaClient(kitOptions(url))
  return urqlOver(url, forwardSubscription(kit), () => kit.close())
}
