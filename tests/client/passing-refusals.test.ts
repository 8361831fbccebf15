import type { AddressInfo } from 'node:net'
import { parse } from 'graphql'
import { expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { TypedDocument } from '../../src/client/client.ts'
import { apolloOverKit, apolloOverPlainWire, kitClient, urqlOverKit, urqlOverPlainWire } from './clients.ts'

interface Message {
  readonly id: string
  readonly type: string
  readonly payload: { readonly variables: { readonly after?: string } }
}
type Send = (type: string, payload?: unknown) => void

/** A server that answers each subscription with the next of these. */
async function scripted(answers: readonly ((send: Send, after: string | undefined) => void)[]): Promise<string> {
  let subscriptions = 0
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' })
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data) => {
      const { id, type, payload } = JSON.parse((data as Buffer).toString()) as Message
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }))
      if (type !== 'subscribe') return
      answers[subscriptions]?.((answer, content) => socket.send(JSON.stringify({ id, type: answer, payload: content })), payload.variables.after)
      subscriptions += 1
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const OPEN = parse('subscription { operationEvents(operationId: "o") { __typename cursor ... on OperationEvent { seq } } }') as TypedDocument<
  { readonly operationEvents: { readonly __typename: string; readonly seq?: number } },
  Record<string, never>
>
const event = (seq: number) => ({ data: { operationEvents: { __typename: 'OperationEvent', cursor: `c${seq}`, seq } } })
const refused = (code: string) => [{ message: 'not now', extensions: { code } }]

test.each([
  ['the kit', kitClient],
  ['Apollo over an unmodified graphql-ws', apolloOverPlainWire],
  ['Apollo over the kit', apolloOverKit],
  ['urql over an unmodified graphql-ws', urqlOverPlainWire],
  ['urql over the kit', urqlOverKit],
] as const)('%s goes on where it was after a refusal that passes, and ends with one that does not', async (_name, connect) => {
  const afters: (string | undefined)[] = []
  const url = await scripted([
    (send) => send('error', refused('UNAVAILABLE')),
    (send, after) => {
      afters.push(after)
      send('next', event(1))
      send('next', event(2))
      send('error', refused('RATE_LIMITED'))
    },
    (send, after) => {
      afters.push(after)
      // A server that begins too early is corrected.
      for (const seq of [2, 3]) send('next', event(seq))
      send('error', refused('FORBIDDEN'))
    },
  ])
  const client = connect(url)
  onTestFinished(() => client.close())
  const seqs: number[] = []
  const error = await new Promise<unknown>((resolve) => {
    client.watch(
      OPEN,
      {},
      ({ operationEvents: frame }) => {
        if (frame.seq !== undefined) seqs.push(frame.seq)
      },
      resolve,
    )
  })
  expect(seqs).toEqual([1, 2, 3])
  expect(afters).toEqual([undefined, 'c2'])
  expect(JSON.stringify(error)).toContain('FORBIDDEN')
})
