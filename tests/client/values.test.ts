import { describe, expect, test } from 'vitest'
import { backoffMs, sleep } from '../../src/client/backoff.ts'
import { EventStreamParser } from '../../src/client/event-stream.ts'
import { OperationEventsDocument } from '../../src/client/generated/graphql.ts'
import { POLLED } from '../../src/client/poll-document.ts'
import { PolledEvents } from '../../src/client/poll-events.ts'
import { prepareDocument } from '../../src/client/prepare-document.ts'
import { requestBody } from '../../src/client/request-body.ts'
import { Token } from '../../src/client/token.ts'
import { signToken } from '../../src/testing/tokens.ts'

describe('backoffMs', () => {
  test('doubles from a second to half a minute, half of it random', () => {
    const least = Array.from({ length: 8 }, (_, index) => backoffMs(index + 1, () => 0))
    expect(least).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
    expect(backoffMs(1, () => 1)).toBe(1_000)
    expect(backoffMs(10_000, () => 1)).toBe(30_000)
  })

  test('sleep ends at once when it is aborted, before or during it', async () => {
    await sleep(1_000_000, AbortSignal.abort())
    const ending = new AbortController()
    const sleeping = sleep(1_000_000, ending.signal)
    ending.abort()
    await sleeping
  })
})

describe('EventStreamParser', () => {
  const stream = ':\n\nevent: next\ndata: {"a":\ndata: 1}\n\n:\n\nevent: complete\ndata:\n\n'
  const messages = [
    { event: 'next', data: '{"a":\n1}' },
    { event: 'complete', data: '' },
  ]

  test.each([
    ['line feeds', stream],
    ['carriage returns too', stream.replaceAll('\n', '\r\n')],
  ])('reads messages with %s, however they are cut', (_name, text) => {
    for (let size = 1; size <= text.length; size += 1) {
      const parser = new EventStreamParser()
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size))
      expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(messages)
    }
  })
})

describe('requestBody', () => {
  test('is JSON without files', () => {
    expect(requestBody({ query: 'q', variables: { a: [1, null] } })).toEqual({
      body: '{"query":"q","variables":{"a":[1,null]}}',
      headers: { 'content-type': 'application/json' },
    })
  })

  test('is a form with them, wherever they stand', async () => {
    const { body, headers } = requestBody({ query: 'q', variables: { input: { file: new File(['a'], 'a.csv'), more: [new Blob(['b'])] } } })
    const form = body as FormData
    expect(headers).toEqual({ 'x-batuta-csrf': '1' })
    expect(JSON.parse(form.get('operations') as string)).toEqual({ query: 'q', variables: { input: { file: null, more: [null] } } })
    expect(JSON.parse(form.get('map') as string)).toEqual({ 0: ['variables.input.file'], 1: ['variables.input.more.0'] })
    expect((form.get('0') as File).name).toBe('a.csv')
    expect(await (form.get('1') as File).text()).toBe('b')
  })
})

describe('Token', () => {
  test('knows when a JWT expires, and nothing of other tokens', async () => {
    const secret = 'a secret that only this test file knows, 32 bytes and more'
    const jwt = new Token(() => signToken({ secret, subject: 'ána', roles: ['USER'], secondsToLive: 60 }))
    await jwt.get()
    expect(Math.abs((jwt.expiresAtMs as number) - Date.now() - 60_000)).toBeLessThan(30_000)
    for (const text of ['opaque', 'a.b.c', undefined]) {
      const token = new Token(() => text)
      await token.get()
      expect(token.expiresAtMs).toBeUndefined()
    }
  })

  test('asks for another one until it gets one after a refusal', async () => {
    const asked: boolean[] = []
    const token = new Token(({ refused }) => {
      asked.push(refused)
      if (asked.length === 2) throw new Error('away')
      return 't'
    })
    await token.get()
    token.refuse()
    await expect(token.get()).rejects.toThrow('away')
    await token.get()
    await token.get()
    expect(asked).toEqual([false, true, true, false])
  })
})

describe('PolledEvents', () => {
  const prepared = prepareDocument(OperationEventsDocument)
  const event = (seq: number) => ({ node: { __typename: 'OperationEvent', cursor: `c${seq}`, seq } })
  const operation = (seqs: readonly number[], { done = false, hasNextPage = false } = {}) => ({
    [POLLED.done]: done,
    [POLLED.cursor]: 'head',
    [POLLED.events]: { edges: seqs.map(event), pageInfo: { hasNextPage } },
  })
  const framesOf = (look: ReturnType<PolledEvents['read']>) =>
    look.results.map(({ data }) => {
      const { operationEvents: frame } = data as { operationEvents: Record<string, unknown> }
      return `${String(frame['__typename'])} ${String(frame['cursor'])}`
    })

  test('reads page after page, says once that it caught up, and ends with the operation', () => {
    const polled = new PolledEvents(prepared, false)
    const first = polled.read(operation([1, 2], { hasNextPage: true }))
    expect([framesOf(first), first.next]).toEqual([['OperationEvent c1', 'OperationEvent c2'], 'now'])
    const second = polled.read(operation([3]))
    expect([framesOf(second), second.next]).toEqual([['OperationEvent c3', 'StreamCaughtUp c3'], 'later'])
    expect(second.results.at(-1)?.data).toMatchObject({ operationEvents: { replayed: 3 } })
    const last = polled.read(operation([4], { done: true }))
    expect([framesOf(last), last.next]).toEqual([['OperationEvent c4'], 'over'])
    expect(new PolledEvents(prepared, true).read(operation([4], { done: true }))).toMatchObject({ next: 'later', isQuiet: true })
  })

  test('finds a hole where events were pruned, and goes on with a snapshot', () => {
    const polled = new PolledEvents(prepared, false)
    polled.read(operation([1]))
    const torn = polled.read(operation([7, 8]))
    expect([framesOf(torn), torn.next]).toEqual([['StreamGap head', 'OperationSnapshot head'], 'now'])
    expect(torn.results[0]?.data).toMatchObject({ operationEvents: { reason: 'RETENTION' } })
    expect(framesOf(polled.read(operation([9])))).toEqual(['OperationEvent c9'])
  })
})
