import { createServer } from 'node:http'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import { useServer } from 'graphql-ws/use/ws'
import { createSchema, createYoga } from 'graphql-yoga'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'
import { servePublisher } from '../product/fan-out-publisher.ts'
import { frameOf, topicsOf } from './fan-out-frame.mjs'

/** The server that the guides of yoga, graphql-ws and graphql-redis-subscriptions lead to, with the part of Batuta's schema that is asked for. */
const redis = () => new Redis(process.env.REDIS_URL)
const pubsub = new RedisPubSub({ publisher: redis(), subscriber: redis() })

const typeDefs = /* GraphQL */ `
  scalar JSONObject
  scalar DateTime
  scalar Cursor
  enum OperationState { QUEUED RUNNING COMPLETED FAILED }
  enum OperationEventType { STARTED ITEMS_SETTLED MILESTONE COMPLETED FAILED }
  type Query { ok: Boolean }
  type OperationProgress { revision: Int! percentage: Float done: Int! total: Int }
  type Operation { id: ID! state: OperationState! version: Int! progress: OperationProgress! }
  interface StreamFrame { cursor: Cursor! }
  type OperationEvent implements StreamFrame {
    cursor: Cursor! seq: Int! type: OperationEventType! occurredAt: DateTime! data: JSONObject! operation: Operation!
  }
  type Subscription { operationEvents(operationId: ID!): StreamFrame! }
`
const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      StreamFrame: { __resolveType: (frame) => frame.__typename },
      Subscription: { operationEvents: { subscribe: (_root, { operationId }) => pubsub.asyncIterableIterator(operationId), resolve: (frame) => frame } },
    },
  }),
  logging: 'error',
})
const http = createServer(yoga)
const sockets = new WebSocketServer({ server: http, path: yoga.graphqlEndpoint })
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (context, _id, { query, variables, operationName }) => {
      const enveloped = yoga.getEnveloped({ ...context, req: context.extra.request, socket: context.extra.socket, params: { query, variables, operationName } })
      const args = {
        schema: enveloped.schema,
        operationName,
        document: enveloped.parse(query),
        variableValues: variables,
        contextValue: await enveloped.contextFactory(),
        rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe },
      }
      const errors = enveloped.validate(args.schema, args.document)
      return errors.length > 0 ? errors : args
    },
  },
  sockets,
)
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))

let topics = []
const publishOn = (topic, number) => pubsub.publish(topic, frameOf(topic, number))
servePublisher({
  url: `ws://127.0.0.1:${http.address().port}/graphql`,
  open: async (_source, count) => {
    topics = topicsOf(count)
    return topics
  },
  publish: async (from, to) => {
    const sent = []
    for (let number = from; number <= to; number += 1) for (const topic of topics) sent.push(publishOn(topic, number))
    await Promise.all(sent)
  },
  work: (topic, number) => void publishOn(topics[topic], number),
})
