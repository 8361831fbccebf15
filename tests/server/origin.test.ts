import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { OriginPolicy } from '../../src/server/origin.ts'
import { connect, openSocket, refusedUpgrade } from './raw-socket.ts'
import { createToken, startToyServer } from './toy-server.ts'

const APP = 'https://app.example.com'

/** fetch does not let a test choose `Host`, `Origin` and `Sec-Fetch-*`. */
function ask(
  url: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ readonly status: number; readonly headers: Record<string, unknown>; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const JSON_POST = { 'content-type': 'application/json' }
const HELLO = JSON.stringify({ query: '{ hello }' })

describe('pages of other sites', () => {
  test('may not post, get, stream or open a socket', async () => {
    const { url, toy } = await startToyServer()
    const origin = 'https://evil.example'
    expect((await ask(url, { ...JSON_POST, origin }, JSON.stringify({ query: 'mutation { write }' }))).status).toBe(403)
    expect((await ask(`${url}?query={hello}`, { origin })).status).toBe(403)
    expect((await ask(`${url}?query=subscription{ticks}`, { origin, accept: 'text/event-stream' })).status).toBe(403)
    expect(await refusedUpgrade(url, { origin })).toBe(403)
    expect([toy.writes, toy.source.opened]).toEqual([0, 0])
  })

  test('may not send what needs no Origin either, except by following a link', async () => {
    const { url } = await startToyServer()
    expect((await ask(`${url}?query={hello}`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403)
    expect((await ask(`${url}?query={hello}`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200)
  })

  test('that hide their origin are refused', async () => {
    const { url } = await startToyServer()
    expect((await ask(url, { ...JSON_POST, origin: 'null' }, HELLO)).status).toBe(403)
  })

  test('whose name was pointed at this machine are refused by their Host', async () => {
    const { url } = await startToyServer()
    const rebound = { host: 'evil.example:4000', origin: 'http://evil.example:4000' }
    expect((await ask(url, { ...JSON_POST, ...rebound }, HELLO)).status).toBe(403)
    expect(await refusedUpgrade(url, rebound)).toBe(403)
  })

  test('the refusal is a typed error', async () => {
    const { url } = await startToyServer()
    expect(JSON.parse((await ask(url, { ...JSON_POST, origin: 'https://evil.example' }, HELLO)).text)).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    })
  })
})

describe('pages of allowed origins', () => {
  test('get CORS headers, and a preflight is answered', async () => {
    const { url } = await startToyServer({ config: { allowedOrigins: [APP] } })
    const answer = await ask(url, { ...JSON_POST, origin: APP }, HELLO)
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': APP, vary: expect.stringContaining('Origin') as unknown })
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: APP, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,authorization' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type,authorization')
    expect((await openSocket(url, { headers: { origin: APP } })).socket.readyState).toBe(1)
  })

  test('a preflight of another origin gets no permission', async () => {
    const { url } = await startToyServer({ config: { allowedOrigins: [APP] } })
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } })
    expect(preflight.status).toBe(403)
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('other callers', () => {
  test('programs without an Origin, and our own pages, are welcome', async () => {
    const { url, server } = await startToyServer()
    expect((await ask(url, JSON_POST, HELLO)).status).toBe(200)
    expect((await ask(url, { ...JSON_POST, origin: server.url }, HELLO)).status).toBe(200)
    expect((await connect(url)).socket.readyState).toBe(1)
  })

  test('any Host is served where tokens are required, unless hosts are listed', async () => {
    const authorization = `Bearer ${await createToken('ana')}`
    const free = await startToyServer({ withTokens: true })
    expect((await ask(free.url, { ...JSON_POST, authorization, host: 'api.example.com' }, HELLO)).status).toBe(200)
    const listed = await startToyServer({ withTokens: true, config: { allowedHosts: ['api.example.com'] } })
    expect((await ask(listed.url, { ...JSON_POST, authorization, host: 'api.example.com' }, HELLO)).status).toBe(200)
    expect((await ask(listed.url, { ...JSON_POST, authorization, host: 'other.example.com' }, HELLO)).status).toBe(403)
  })
})

describe('an OriginPolicy', () => {
  const policy = new OriginPolicy({ allowedOrigins: [APP], allowedHosts: [], host: '127.0.0.1', isAuthenticated: false })
  test.each([
    ['localhost:4000', true],
    ['127.0.0.1', true],
    ['[::1]:4000', true],
    ['app.localhost', true],
    ['127.8.8.8:1', true],
    ['localhost.evil.example', false],
    ['127.0.0.1.nip.io', false],
    ['0.0.0.0', false],
    ['evil.example', false],
    ['', false],
    [undefined, false],
  ])('without authentication judges the host %s: %s', (host, allowed) => {
    expect(policy.judge(host === undefined ? {} : { host }).allowed).toBe(allowed)
  })
})

describe('forms of other sites', () => {
  test('can send nothing that is read without a preflight', async () => {
    const { url, toy } = await startToyServer()
    const form = new FormData()
    form.set('operations', JSON.stringify({ query: 'mutation { write }' }))
    const multipart = await fetch(url, { method: 'POST', body: form })
    expect(multipart.status).toBe(403)
    const urlencoded = await fetch(url, { method: 'POST', body: new URLSearchParams({ query: 'mutation { write }' }) })
    expect(urlencoded.status).toBe(415)
    const text = await fetch(url, { method: 'POST', body: JSON.stringify({ query: 'mutation { write }' }) })
    expect(text.status).toBe(415)
    expect(toy.writes).toBe(0)
  })
})
