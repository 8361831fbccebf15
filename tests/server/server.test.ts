import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BatutaError } from '../../src/base/errors.ts'
import { connect, eventually, refusedUpgrade } from './raw-socket.ts'
import { createToken, post, startToyServer } from './toy-server.ts'

describe('health', () => {
  test('livez answers whatever else fails', async () => {
    const { server } = await startToyServer({ readiness: { database: () => Promise.resolve(false) } })
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  })

  test('readyz names its checks and hides the text of errors', async () => {
    const { server } = await startToyServer({
      readiness: { database: () => Promise.reject(new Error('password=hunter2')), worker: () => Promise.resolve(true) },
    })
    const response = await fetch(`${server.url}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'unavailable', checks: { database: 'failing', worker: 'ok' } })
  })

  test('readyz is 200 and says degraded while the server works without something', async () => {
    const { server } = await startToyServer({ readiness: { database: () => Promise.resolve(true), bus: () => Promise.resolve('degraded') } })
    const response = await fetch(`${server.url}/readyz`)
    expect([response.status, await response.json()]).toEqual([200, { status: 'degraded', checks: { database: 'ok', bus: 'degraded' } }])
  })

  test('readyz is 200 when all checks pass', async () => {
    const { server } = await startToyServer({ readiness: { database: () => Promise.resolve(true) } })
    const response = await fetch(`${server.url}/readyz`)
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready', checks: { database: 'ok' } }])
  })
})

/** fetch would decompress. */
function getPage(
  url: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly headers: Record<string, string | string[] | undefined>; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: { accept: 'text/html,*/*', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

describe('GraphiQL', () => {
  test('is one page without addresses of other sites to load from, compressed, and known by its tag', async () => {
    const { url } = await startToyServer({ graphiqlTabs: [{ query: 'query ReadyMade { hello }' }] })
    const page = await getPage(url, { 'accept-encoding': 'gzip, deflate, br' })
    expect(page.status).toBe(200)
    expect(page.headers).toMatchObject({ 'content-encoding': 'br', 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' })
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const html = brotliDecompressSync(page.body).toString()
    expect(html).toContain('ReadyMade')
    expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/)
    expect(page.body.length).toBeLessThan(html.length / 3)
    const again = await getPage(url, { 'accept-encoding': 'br', 'if-none-match': String(page.headers['etag']) })
    expect([again.status, again.body.length]).toEqual([304, 0])
    expect(gunzipSync((await getPage(url, { 'accept-encoding': 'gzip' })).body).toString()).toBe(html)
  })

  test('does not stand in the way of a query that a browser sends', async () => {
    const { url } = await startToyServer()
    const page = await getPage(`${url}?query={hello}`, {})
    expect(JSON.parse(String(page.body))).toEqual({ data: { hello: 'hello you' } })
  })
})

describe('routes', () => {
  test('get the viewer and the address, and their errors are typed', async () => {
    const { server } = await startToyServer({
      withTokens: true,
      routes: [
        {
          method: 'GET',
          prefix: '/files/',
          handle: async (_request, response, { viewer, url }) => {
            if (url.pathname.endsWith('none')) throw new BatutaError('NOT_FOUND', 'no such file')
            if (url.pathname.endsWith('bug')) throw new Error('hunter2')
            response.end(`${viewer?.id} ${url.pathname}`)
          },
        },
      ],
    })
    const headers = { authorization: `Bearer ${await createToken('ana')}` }
    expect(await (await fetch(`${server.url}/files/7?x=1`, { headers })).text()).toBe('ana /files/7')
    expect((await fetch(`${server.url}/files/none`)).status).toBe(404)
    const bug = await fetch(`${server.url}/files/bug`)
    expect(bug.status).toBe(500)
    expect(await bug.text()).not.toContain('hunter2')
    expect((await fetch(`${server.url}/files/7`, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
  })
})

describe('stopping', () => {
  test('may be asked for twice', async () => {
    const { server } = await startToyServer()
    await Promise.all([server.stop(), server.stop()])
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow(/fetch failed|ECONNREFUSED/)
  })

  test('closes sockets with 1012 and returns their sources', async () => {
    const { server, url, toy } = await startToyServer()
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } })
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    await server.stop()
    expect((await socket.closed).code).toBe(1012)
    await eventually(() => toy.source.returned === 1, 'the source is returned')
    expect(server.open).toEqual({ requests: 0, streams: 0, sockets: 0 })
  })

  test('waits for mutations under way, over HTTP and over a socket', async () => {
    const { server, url, toy } = await startToyServer({ drainDeadlineMs: 20_000 })
    const socket = await connect(url)
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'mutation { slow }' } })
    const overHttp = post(url, 'mutation { slow }')
    await toy.slow.started
    await eventually(() => server.open.requests === 1, 'the request has arrived')
    const stopping = server.stop()
    toy.slow.finish()
    await stopping
    expect((await overHttp).body.data).toEqual({ slow: 'slow' })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { slow: 'slow' } } })
    expect((await socket.closed).code).toBe(1012)
  })

  test('gives up at its deadline and says how much was left', async () => {
    const { server, url, toy, facts } = await startToyServer({ drainDeadlineMs: 50 })
    const overHttp = post(url, 'mutation { slow }').catch((error: unknown) => error)
    await toy.slow.started
    await server.stop()
    expect(await overHttp).toBeInstanceOf(Error)
    expect(facts.find((entry) => entry.name === 'server.drained')?.fact).toMatchObject({ abandoned: 1 })
  })

  test('lets nobody in while it drains', async () => {
    const { server, url, toy } = await startToyServer({ drainDeadlineMs: 20_000 })
    const kept = post(url, 'mutation { slow }')
    await toy.slow.started
    const stopping = server.stop()
    await expect(refusedUpgrade(url, {})).rejects.toThrow(/fetch failed|ECONNREFUSED/)
    toy.slow.finish()
    await Promise.all([kept, stopping])
  })
})

describe('starting', () => {
  test('fails with the reason when the port is taken', async () => {
    const { server } = await startToyServer()
    await expect(startToyServer({ config: { port: Number(new URL(server.url).port) } })).rejects.toThrow('EADDRINUSE')
  })
})
