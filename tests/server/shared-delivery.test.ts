import { describe, expect, test } from 'vitest'
import { createPulledSchema } from './pulled-schema.ts'
import { connect, eventually, type Message, openSocket, type RawSocket } from './raw-socket.ts'
import { createToken, startToyServer, type ToyServerParams } from './toy-server.ts'

const LETTERS = 'subscription ($after: Int) { letters(after: $after) { number text } }'
const subscribe = (id: string, variables: object = {}, query = LETTERS) => ({ id, type: 'subscribe', payload: { query, variables } })
const letter = (id: string, number: number, text: string): Message => ({ id, type: 'next', payload: { data: { letters: { number, text } } } })

async function start(params: ToyServerParams = {}) {
  const pulled = createPulledSchema()
  const { url, server } = await startToyServer({ ...params, schema: pulled.schema, createContext: pulled.createContext })
  const follow = (count: number) => eventually(() => pulled.letters.followers === count, `${count} followers`)
  return { ...pulled, url, server, follow }
}

async function take(socket: RawSocket, count: number): Promise<Message[]> {
  const messages: Message[] = []
  while (messages.length < count) messages.push(await socket.next())
  return messages
}

describe('subscribers with the same document, variables and visibility', () => {
  test('share one execution of each event, whichever socket they came by and wherever they began', async () => {
    const { url, letters, executions, follow } = await start()
    letters.push('a')
    const sockets = await Promise.all(Array.from({ length: 5 }, () => connect(url)))
    for (const socket of sockets) for (let index = 0; index < 10; index += 1) socket.send(subscribe(`s${index}`, { after: 1 }))
    await follow(50)
    letters.push('b')
    letters.push('ü')
    for (const socket of sockets) {
      const messages = await take(socket, 20)
      const expected = Array.from({ length: 10 }, (_, index) => [letter(`s${index}`, 2, 'b'), letter(`s${index}`, 3, 'ü')]).flat()
      expect(messages).toHaveLength(20)
      expect(messages).toEqual(expect.arrayContaining(expected))
    }
    expect(executions).toEqual(['2 for local', '3 for local'])
  })

  test('wait together for an answer that takes a while, each event in its place', async () => {
    const { url, letters, executions, follow } = await start()
    const socket = await connect(url)
    for (const id of ['x', 'y', 'z']) socket.send(subscribe(id, {}, 'subscription { letters { number text: later } }'))
    await follow(3)
    letters.push('a')
    letters.push('b')
    const messages = await take(socket, 6)
    for (const id of ['x', 'y', 'z']) expect(messages.filter((message) => message.id === id)).toEqual([letter(id, 1, 'a'), letter(id, 2, 'b')])
    expect(executions.toSorted()).toEqual(['1 later', '2 later'])
  })

  test('are apart from those whose variables show something else', async () => {
    const { url, letters, executions, follow } = await start()
    const socket = await connect(url)
    const query = 'subscription ($times: Int) { letters { number text(times: $times) } }'
    for (const [id, times] of [
      ['once', 1],
      ['twice', 2],
      ['again', 2],
    ] as const)
      socket.send(subscribe(id, { times }, query))
    await follow(3)
    letters.push('a')
    expect((await take(socket, 3)).toSorted((left, right) => String(left.id).localeCompare(String(right.id)))).toEqual([
      letter('again', 1, 'aa'),
      letter('once', 1, 'a'),
      letter('twice', 1, 'aa'),
    ])
    expect(executions).toHaveLength(2)
  })

  test('are apart from other users; administrators are one', async () => {
    const { url, letters, executions, follow } = await start({ withTokens: true })
    const sockets: RawSocket[] = []
    for (const [subject, roles] of [
      ['ana', ['USER']],
      ['ben', ['USER']],
      ['cleo', ['ADMIN']],
      ['dora', ['ADMIN', 'USER']],
    ] as const)
      sockets.push(await connect(url, { Authorization: `Bearer ${await createToken(subject, 300, { roles })}` }))
    for (const socket of sockets) socket.send(subscribe('1'))
    await follow(4)
    letters.push('a')
    for (const socket of sockets) expect(await socket.next()).toEqual(letter('1', 1, 'a'))
    expect(executions).toHaveLength(3)
    expect(executions).toEqual(expect.arrayContaining(['1 for ana', '1 for ben']))
  })
})

describe('a delivery', () => {
  test('stops at once when the client completes it, and leaves the others alone', async () => {
    const { url, letters, follow } = await start()
    const socket = await connect(url)
    socket.send(subscribe('goes'))
    socket.send(subscribe('stays'))
    await follow(2)
    socket.send({ id: 'goes', type: 'complete' })
    await follow(1)
    letters.push('a')
    expect(await socket.next()).toEqual(letter('stays', 1, 'a'))
    expect(socket.unread).toEqual([])
  })

  test('ends with complete, and with the socket', async () => {
    const { url, letters, server, follow } = await start()
    const [socket, other] = [await connect(url), await connect(url)]
    for (const each of [socket, other]) each.send(subscribe('1'))
    await follow(2)
    other.socket.terminate()
    await follow(1)
    letters.push('a')
    letters.end()
    expect(await take(socket, 2)).toEqual([letter('1', 1, 'a'), { id: '1', type: 'complete' }])
    await follow(0)
    expect(server.open.sockets).toBe(1)
  })

  test('tells a failure of the source to its own operation, masked', async () => {
    const { url, letters, follow } = await start()
    const socket = await connect(url)
    socket.send(subscribe('1'))
    await follow(1)
    letters.failure = new Error('password=hunter2')
    letters.wake()
    const message = await socket.next()
    expect(message).toMatchObject({ id: '1', type: 'error' })
    expect(JSON.stringify(message)).not.toContain('hunter2')
    await follow(0)
    letters.failure = undefined
    socket.send(subscribe('2'))
    await follow(1)
    letters.push('a')
    expect(await socket.next()).toEqual(letter('2', 1, 'a'))
  })

  test('holds back what a client does not read, goes on with the others, and gives all in order when it reads again', async () => {
    const { url, letters, executions, follow } = await start()
    const [slow, quick] = [await connect(url), await connect(url)]
    for (const socket of [slow, quick]) socket.send(subscribe('1'))
    await follow(2)
    slow.socket.pause()
    const text = 'x'.repeat(10_000)
    const count = 2_000
    for (let number = 1; number <= count; number += 1) {
      letters.push(text)
      expect(await quick.next()).toMatchObject({ payload: { data: { letters: { number } } } })
    }
    // 20 MB are more than the sockets' buffers hold, so most of it was not even executed for the slow one.
    expect(executions.length).toBeLessThan(count * 1.5)
    slow.socket.resume()
    for (let number = 1; number <= count; number += 1) expect(await slow.next()).toMatchObject({ payload: { data: { letters: { number, text } } } })
  })
})

describe('several deliveries on one socket', () => {
  test('take turns when the client reads more slowly than there is to send', async () => {
    const { url, letters, follow } = await start()
    const socket = await connect(url)
    for (const id of ['x', 'y']) socket.send(subscribe(id))
    await follow(2)
    socket.socket.pause()
    const text = 'x'.repeat(10_000)
    const count = 2_000
    for (let number = 1; number <= count; number += 1) letters.push(text)
    socket.socket.resume()
    const messages = await take(socket, count * 2)
    const ofX = (some: readonly Message[]) => some.filter(({ id }) => id === 'x').length
    expect(ofX(messages)).toBe(count)
    // Buffers hold some megabytes; what matters is that neither waits for the other to be done.
    expect(ofX(messages.slice(0, count))).toBeGreaterThan(count / 4)
    expect(ofX(messages.slice(0, count))).toBeLessThan(count * 0.75)
  })

  test('are told apart when an id is completed and used again at once', async () => {
    const { url, letters, server, follow } = await start()
    const socket = await connect(url)
    socket.send(subscribe('1'))
    socket.send({ id: '1', type: 'complete' })
    socket.send(subscribe('1'))
    await follow(1)
    letters.push('a')
    letters.push('b')
    expect(await take(socket, 2)).toEqual([letter('1', 1, 'a'), letter('1', 2, 'b')])
    socket.send({ id: '1', type: 'complete' })
    await follow(0)
    socket.socket.terminate()
    await eventually(() => server.open.sockets === 0, 'the socket is gone')
    expect(socket.unread).toEqual([])
    expect(letters.followers).toBe(0)
  })
})

describe('limits of sockets', () => {
  test('more messages than allowed close the socket with 1013', async () => {
    const { url } = await start({ limits: { maxMessagesPerSecond: 10 } })
    const socket = await connect(url)
    for (let index = 0; index < 50; index += 1) socket.send({ type: 'ping' })
    expect(await socket.closed).toEqual({ code: 1013, reason: 'too many messages; send fewer at a time' })
  })

  test('control frames count too', async () => {
    const { url } = await start({ limits: { maxMessagesPerSecond: 10 } })
    const socket = await connect(url)
    for (let index = 0; index < 50; index += 1) socket.socket.ping()
    expect((await socket.closed).code).toBe(1013)
  })

  test('one socket more than the server takes is closed with 1013; a place that is given back is free again', async () => {
    const { url, server } = await start({ limits: { maxSockets: 2 } })
    const [first] = [await connect(url), await connect(url)]
    const third = await openSocket(url)
    expect((await third.closed).code).toBe(1013)
    first.socket.terminate()
    await eventually(() => server.open.sockets === 1, 'one socket left')
    await connect(url)
  })
})
