import { describe, expect, test } from 'vitest'
import { UnavailableError } from '../../src/base/errors.ts'
import { connect, eventually, openSocket } from './raw-socket.ts'
import { createToken, startToyServer, tokenAuthenticator } from './toy-server.ts'

/** Frame by frame, the rules of https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. */
describe('opening a socket', () => {
  test('is acknowledged after connection_init', async () => {
    const { url } = await startToyServer()
    const socket = await openSocket(url)
    socket.send({ type: 'connection_init' })
    expect(await socket.next()).toEqual({ type: 'connection_ack' })
  })

  test('closes with 4406 when the client does not speak graphql-transport-ws', async () => {
    const { url } = await startToyServer()
    const socket = await openSocket(url, { protocol: '' })
    expect((await socket.closed).code).toBe(4406)
  })

  test('closes with 4408 when connection_init does not come in time', async () => {
    const { url } = await startToyServer({ limits: { connectionInitMs: 50 } })
    const socket = await openSocket(url)
    expect((await socket.closed).code).toBe(4408)
  })

  test('closes with 4429 on a second connection_init', async () => {
    const { url } = await startToyServer()
    const socket = await connect(url)
    socket.send({ type: 'connection_init' })
    expect((await socket.closed).code).toBe(4429)
  })

  test('closes with 4401 on subscribe before the acknowledgement', async () => {
    const { url } = await startToyServer()
    const socket = await openSocket(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ hello }' } })
    expect((await socket.closed).code).toBe(4401)
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '"text"'],
    ['an unknown type', { type: 'dance' }],
    ['a type that only servers send', { type: 'next', id: '1', payload: {} }],
    ['subscribe without an id', { type: 'subscribe', payload: { query: '{ hello }' } }],
    ['subscribe without a query', { id: '1', type: 'subscribe', payload: {} }],
    ['variables that are no object', { id: '1', type: 'subscribe', payload: { query: '{ hello }', variables: [1] } }],
  ])('closes with 4400 on %s', async (_name, message) => {
    const { url } = await startToyServer()
    const socket = await connect(url)
    socket.send(message)
    expect((await socket.closed).code).toBe(4400)
  })

  test('closes with 1009 on a message beyond the limit', async () => {
    const { url } = await startToyServer({ limits: { maxMessageBytes: 1_000 } })
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: `{ hello(name: "${'x'.repeat(2_000)}") }` } })
    expect((await socket.closed).code).toBe(1009)
  })

  test('answers ping with pong and its payload, before and after the acknowledgement', async () => {
    const { url } = await startToyServer()
    const socket = await openSocket(url)
    socket.send({ type: 'ping', payload: { at: 1 } })
    expect(await socket.next()).toEqual({ type: 'pong', payload: { at: 1 } })
    socket.send({ type: 'connection_init' })
    await socket.next()
    socket.send({ type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  })
})

describe('operations on a socket', () => {
  test('a query is answered with next and complete', async () => {
    const { url } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: 'a', type: 'subscribe', payload: { query: 'query Q($n: String) { hello(name: $n) }', variables: { n: 'Ana' }, operationName: 'Q' } })
    expect(await socket.next()).toEqual({ id: 'a', type: 'next', payload: { data: { hello: 'hello Ana' } } })
    expect(await socket.next()).toEqual({ id: 'a', type: 'complete' })
  })

  test.each([
    ['a syntax error', '{ hello', 'INVALID_INPUT'],
    ['an unknown field', '{ nothing }', 'INVALID_INPUT'],
    ['a wrong variable', 'query ($v: Int!) { positive(value: $v) }', 'INVALID_INPUT'],
    ['too deep a document', `{ item { ${'child { '.repeat(20)}name${' }'.repeat(21)} }`, 'TOO_COMPLEX'],
    ['a document of 10,000 levels', '{ item '.repeat(10_000), 'TOO_COMPLEX'],
    ['a subscription that the resolver refuses', 'subscription { private }', 'FORBIDDEN'],
    ['a subscription that breaks at its start', 'subscription { broken }', 'INTERNAL'],
  ])('%s is an error of the operation and costs no socket', async (_name, query, code) => {
    const { url } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query } })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code } }] })
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ hello }' } })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
  })

  test('closes with 4409 when an id is used twice', async () => {
    const { url, toy } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ hello }' } })
    expect((await socket.closed).code).toBe(4409)
  })

  test('complete from the client releases a waiting source at once, and the id may be used again', async () => {
    const { url, toy } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    toy.source.push(7)
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { ticks: 7 } } })
    socket.send({ id: '1', type: 'complete' })
    await eventually(() => toy.source.returned === 1, 'the source is returned')
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ hello }' } })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { hello: 'hello you' } } })
  })

  test('an unknown id in complete is ignored', async () => {
    const { url } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: 'nobody', type: 'complete' })
    socket.send({ type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  })

  test('a client that vanishes while its sources wait releases all of them, also those that are slow to let go', async () => {
    const { url, toy, server } = await startToyServer()
    toy.source.isStuck = true
    const socket = await connect(url)
    for (const id of ['1', '2', '3']) socket.send({ id, type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    await eventually(() => toy.source.opened === 3, 'three sources are opened')
    socket.socket.terminate()
    await eventually(() => toy.source.returned === 3 && server.open.sockets === 0, 'three sources are returned')
  })

  test('a source that fails ends its operation with a masked error', async () => {
    const { url, toy, facts } = await startToyServer()
    const socket = await connect(url)
    toy.source.fail(new Error('password=hunter2'))
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    const message = await socket.next()
    expect(message).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'INTERNAL' } }] })
    expect(JSON.stringify(message)).not.toContain('hunter2')
    expect(facts.filter((entry) => entry.name === 'failure.contained')).toHaveLength(1)
    await eventually(() => toy.source.returned === 1, 'the source is returned')
  })

  test('each event is executed in a context of its own', async () => {
    const { url, toy } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { contexts }' } })
    toy.source.push(0)
    const first = (await socket.next()).payload as { data: { contexts: number } }
    toy.source.push(0)
    const second = (await socket.next()).payload as { data: { contexts: number } }
    expect(second.data.contexts).toBeGreaterThan(first.data.contexts)
  })

  test('operations beyond the limit are refused, and the socket stays', async () => {
    const { url, toy } = await startToyServer({ limits: { maxOperationsPerSocket: 2 } })
    const socket = await connect(url)
    for (const id of ['1', '2']) socket.send({ id, type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    await eventually(() => toy.source.opened === 2, 'two sources are opened')
    socket.send({ id: '3', type: 'subscribe', payload: { query: '{ hello }' } })
    expect(await socket.next()).toMatchObject({ id: '3', type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(toy.source.opened).toBe(2)
  })

  test('sockets of one user beyond the limit are closed with 1013, and a closed one makes room', async () => {
    const { url, server } = await startToyServer({ withTokens: true, limits: { maxSocketsPerUser: 1 } })
    const token = await createToken('ana')
    const first = await connect(url, { token })
    const second = await openSocket(url)
    second.send({ type: 'connection_init', payload: { token } })
    expect((await second.closed).code).toBe(1013)
    await connect(url, { token: await createToken('bruno') })
    first.socket.close()
    await first.closed
    await eventually(() => server.open.sockets === 1, 'the first socket is gone')
    await connect(url, { token })
  })

  test('a socket that does not answer pings is ended', async () => {
    const { url, server } = await startToyServer({ limits: { keepAliveMs: 30 } })
    const socket = await openSocket(url)
    socket.socket.pause()
    await expect.poll(() => server.open.sockets).toBe(0)
  })
})

describe('tokens on a socket', () => {
  test.each([
    ['Authorization', (token: string) => ({ Authorization: `Bearer ${token}` })],
    ['authorization', (token: string) => ({ authorization: `bearer ${token}` })],
    ['token', (token: string) => ({ token })],
  ])('are read from the parameter %s', async (_name, payload) => {
    const { url } = await startToyServer({ withTokens: true })
    const socket = await connect(url, payload(await createToken('ana')))
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewerId }' } })
    expect(await socket.next()).toMatchObject({ payload: { data: { viewerId: 'ana' } } })
  })

  test('a socket without one is anonymous', async () => {
    const { url } = await startToyServer({ withTokens: true })
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewerId __typename }' } })
    expect(await socket.next()).toMatchObject({ payload: { data: { viewerId: null, __typename: 'Query' } } })
  })

  test.each([
    ['an expired one', async () => ({ token: await createToken('ana', -60) })],
    ['nonsense', () => Promise.resolve({ token: 'nonsense' })],
    ['another scheme', () => Promise.resolve({ Authorization: 'Basic YTpi' })],
    ['a number', () => Promise.resolve({ token: 7 })],
  ])('%s is refused with 4403', async (_name, payload) => {
    const { url } = await startToyServer({ withTokens: true })
    const socket = await openSocket(url)
    socket.send({ type: 'connection_init', payload: await payload() })
    expect((await socket.closed).code).toBe(4403)
  })

  test('one that expires closes the socket with 4403 and releases its sources', async () => {
    const { url, toy } = await startToyServer({ withTokens: true })
    const socket = await connect(url, { token: await createToken('ana', 2) })
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    expect(await socket.closed).toMatchObject({ code: 4403 })
    await eventually(() => toy.source.returned === 1, 'the source is returned')
  })

  test('keys that cannot be had close the socket with 1013, after which clients come back', async () => {
    const { url } = await startToyServer({ authenticator: { ...tokenAuthenticator(), authenticate: () => Promise.reject(new UnavailableError('no keys')) } })
    const socket = await openSocket(url)
    socket.send({ type: 'connection_init', payload: { token: 'x' } })
    expect((await socket.closed).code).toBe(1013)
  })
})
