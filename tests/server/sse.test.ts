import type { GraphQLField } from 'graphql'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createPulledSchema } from './pulled-schema.ts'
import { eventually } from './raw-socket.ts'
import { createToken, startToyServer } from './toy-server.ts'

interface OpenStream {
  readonly response: Response
  /** The next event other than a ping; undefined at the end. */
  readonly next: () => Promise<{ readonly event: string; readonly data: unknown } | undefined>
  readonly leave: () => void
}

async function subscribe(url: string, query: string, headers: Record<string, string> = {}): Promise<OpenStream> {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
    signal: abort.signal,
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next: OpenStream['next'] = async () => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        const event = /^event: (.*)$/m.exec(block)?.[1]
        const data = /^data: ?(.*)$/m.exec(block)?.[1]
        if (event !== undefined) return { event, data: data ? (JSON.parse(data) as unknown) : undefined }
        continue
      }
      const part = await reader?.read()
      if (!part || part.done) return undefined
      text += part.value
    }
  }
  return { response, next, leave: () => abort.abort() }
}

describe('a subscription over SSE', () => {
  test('gives each event, then complete when the source ends it', async () => {
    const { url, toy } = await startToyServer()
    const stream = await subscribe(url, 'subscription { ticks }')
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
    toy.source.push(1)
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { ticks: 1 } } })
    toy.source.push(2)
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { ticks: 2 } } })
  })

  test('releases its source at once when the client leaves while it waits', async () => {
    const { url, toy, server } = await startToyServer()
    const stream = await subscribe(url, 'subscription { ticks }')
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    stream.leave()
    await expect.poll(() => toy.source.returned).toBe(1)
    await expect.poll(() => server.open).toEqual({ requests: 0, streams: 0, sockets: 0 })
  })

  test('ends with a masked error when its source fails', async () => {
    const { url, toy } = await startToyServer()
    toy.source.fail(new Error('password=hunter2'))
    const stream = await subscribe(url, 'subscription { ticks }')
    expect(await stream.next()).toMatchObject({ event: 'next', data: { errors: [{ extensions: { code: 'INTERNAL' } }] } })
    expect(await stream.next()).toEqual({ event: 'complete', data: undefined })
    expect(await stream.next()).toBeUndefined()
  })

  test('ends with UNAUTHENTICATED when its token expires, though nothing happens', async () => {
    const { url, toy, server } = await startToyServer({ withTokens: true })
    const stream = await subscribe(url, 'subscription { ticks }', { authorization: `Bearer ${await createToken('ana', 2)}` })
    expect(await stream.next()).toMatchObject({ event: 'next', data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })
    expect(await stream.next()).toEqual({ event: 'complete', data: undefined })
    expect(toy.source.returned).toBe(1)
    expect(server.open.streams).toBe(0)
  })

  test('is refused with a typed error when its start fails', async () => {
    const { url, server } = await startToyServer()
    const stream = await subscribe(url, 'subscription { private }')
    expect(await stream.next()).toMatchObject({ event: 'next', data: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } })
    expect(server.open.streams).toBe(0)
  })

  test('is refused beyond the number of streams of one user', async () => {
    const { url, toy } = await startToyServer({ limits: { maxSsePerUser: 1 } })
    await subscribe(url, 'subscription { ticks }')
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    const second = await subscribe(url, 'subscription { ticks }')
    expect(second.response.status).toBe(429)
    expect(toy.source.opened).toBe(1)
  })

  test('is cut off without complete when the server stops, so that clients reconnect', async () => {
    const { url, toy, server } = await startToyServer()
    const stream = await subscribe(url, 'subscription { ticks }')
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    const rest = stream.next()
    await Promise.all([server.stop(), expect(rest).rejects.toThrow('terminated')])
    expect(toy.source.returned).toBe(1)
  })

  test('is cut off as well when it begins while the server stops', { timeout: 30_000 }, async () => {
    const { schema, letters } = createPulledSchema()
    const [asked, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const field = schema.getSubscriptionType()?.getFields()['letters'] as GraphQLField<unknown, unknown>
    field.subscribe = async () => {
      asked.resolve()
      await begun.promise
      return letters.follow(0)
    }
    const { url, server } = await startToyServer({ schema, drainDeadlineMs: 60_000 })
    const stream = subscribe(url, 'subscription { letters { number } }').then((opened) => opened.next())
    await asked.promise
    const stopping = server.stop()
    begun.resolve()
    await Promise.all([stopping, expect(stream).rejects.toThrow(/fetch failed|terminated/)])
    expect([letters.followers, server.open.streams]).toEqual([0, 0])
  })

  test('works with GET, as EventSource asks', async () => {
    const { url, toy } = await startToyServer()
    const abort = new AbortController()
    onTestFinished(() => abort.abort())
    const response = await fetch(`${url}?query=${encodeURIComponent('subscription { ticks }')}`, {
      headers: { accept: 'text/event-stream' },
      signal: abort.signal,
    })
    expect(response.status).toBe(200)
    await eventually(() => toy.source.opened === 1, 'the source is opened')
  })
})
