import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { cacheExchange, fetchExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core'
import { type DocumentNode, OperationTypeNode, print } from 'graphql'
import { createClient, type Client as WsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { possibleTypes } from '../../src/client/apollo.ts'
import type { TypedDocument } from '../../src/testing/api-client.ts'

/** What a frontend does, by the client library that it uses. */
export interface StoryClient {
  readonly name: string
  mutate<Data, Variables extends Record<string, unknown>>(document: TypedDocument<Data, Variables>, variables: Variables): Promise<Data>
  query<Data, Variables extends Record<string, unknown>>(document: TypedDocument<Data, Variables>, variables: Variables): Promise<Data>
  /** Calls back for each value; the returned function ends it. */
  watch<Data, Variables extends Record<string, unknown>>(document: TypedDocument<Data, Variables>, variables: Variables, see: (data: Data) => void): () => void
  close(): Promise<void>
}

type Wire = ReturnType<typeof wireTo>
const wireTo = (url: string): WsClient => createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 5 })

const needed = <Data>(data: Data | null | undefined, error: unknown): Data => {
  if (data === null || data === undefined || error) throw error instanceof Error ? error : new Error(`expected data, got ${JSON.stringify(error)}`)
  return data
}

/** graphql-ws alone: everything over one socket. */
export function wsStory(url: string): StoryClient {
  const wire = wireTo(url)
  const once = async <Data>(document: TypedDocument<Data, never>, variables: Record<string, unknown>): Promise<Data> => {
    for await (const { data, errors } of wire.iterate<Data>({ query: print(document), variables })) return needed(data, errors)
    throw new Error('no answer')
  }
  return {
    name: 'graphql-ws',
    mutate: (document, variables) => once(document as never, variables),
    query: (document, variables) => once(document as never, variables),
    watch: (document, variables, see) =>
      wire.subscribe<never>(
        { query: print(document), variables },
        { next: ({ data }) => data && see(data), error: () => undefined, complete: () => undefined },
      ),
    close: async () => wire.dispose(),
  }
}

/** Events are a log, not a state: each replaces the one before in a cache, so they are kept out of it. */
const isLog = (document: DocumentNode): boolean => print(document).includes('operationEvents')

/** Apollo Client as its documentation sets it up: HTTP for queries and mutations, graphql-ws for subscriptions, a normalised cache. */
export function apolloStory(url: string): StoryClient & { readonly client: ApolloClient } {
  const wire = wireTo(url)
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(wire),
    new HttpLink({ uri: `${url}/graphql` }),
  )
  const client = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes }) })
  return {
    name: '@apollo/client',
    client,
    mutate: async (document, variables) => {
      const { data, error } = await client.mutate({ mutation: document, variables })
      return needed(data, error)
    },
    query: async (document, variables) => {
      const { data, error } = await client.query({ query: document, variables, fetchPolicy: 'network-only' })
      return needed(data, error)
    },
    watch: (document, variables, see) => {
      const watching = client
        .subscribe({ query: document, variables, fetchPolicy: isLog(document) ? 'no-cache' : 'cache-first' })
        .subscribe({ next: ({ data }) => data && see(data), error: () => undefined })
      return () => watching.unsubscribe()
    },
    close: async () => {
      client.stop()
      await wire.dispose()
    },
  }
}

/** urql's core as its documentation sets it up. */
export function urqlStory(url: string): StoryClient {
  const wire: Wire = wireTo(url)
  const client = new UrqlClient({
    url: `${url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: wire.subscribe({ query: request.query ?? '', variables: request.variables as Record<string, unknown> }, sink as never),
          }),
        }),
      }),
    ],
  })
  return {
    name: '@urql/core',
    mutate: async (document, variables) => {
      const { data, error } = await client.mutation(document, variables).toPromise()
      return needed(data, error)
    },
    query: async (document, variables) => {
      const { data, error } = await client.query(document, variables, { requestPolicy: 'network-only' }).toPromise()
      return needed(data, error)
    },
    watch: (document, variables, see) => {
      const { unsubscribe } = client.subscription(document, variables).subscribe(({ data }) => data && see(data))
      return unsubscribe
    },
    close: async () => wire.dispose(),
  }
}
