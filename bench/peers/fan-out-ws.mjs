import { WebSocketServer } from 'ws'
import { servePublisher } from '../product/fan-out-publisher.ts'
import { frameOf, topicsOf } from './fan-out-frame.mjs'

/** A plain broadcast of the same bytes: no GraphQL, no bus; one text per event, and each socket's own id in front of it. */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
await new Promise((resolve) => server.once('listening', resolve))
let topics = []
const subscribers = new Map()

server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const message = JSON.parse(data)
    if (message.type === 'connection_init') return socket.send('{"type":"connection_ack"}')
    if (message.type === 'subscribe') subscribers.get(message.payload.variables.id).push({ socket, prefix: `{"id":"${message.id}","type":"next","payload":` })
  })
})

function publishOn(topic, number) {
  const payload = `${JSON.stringify({ data: { operationEvents: frameOf(topic, number) } })}}`
  for (const { socket, prefix } of subscribers.get(topic)) socket.send(prefix + payload)
}

servePublisher({
  url: `ws://127.0.0.1:${server.address().port}/graphql`,
  open: async (_source, count) => {
    topics = topicsOf(count)
    for (const topic of topics) subscribers.set(topic, [])
    return topics
  },
  publish: async (from, to) => {
    for (let number = from; number <= to; number += 1) {
      for (const topic of topics) publishOn(topic, number)
      // Sockets are read between events.
      await new Promise((resolve) => setImmediate(resolve))
    }
  },
  work: (topic, number) => publishOn(topics[topic], number),
})
