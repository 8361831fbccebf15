import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AddressRefusedError, AnswerLostError, AnswerTooLongError, GuardedHttp, type HttpPost, NotConnectedError } from '../../src/gateways/guarded-http.ts'
import { isPublicAddress } from '../../src/gateways/public-address.ts'

let server: Server
let port: number
let reached: string[] = []
let answer: RequestListener = (_request, response) => response.end('ok')
beforeAll(async () => {
  server = createServer((request, response) => {
    reached.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  reached = []
  answer = (_request, response) => response.end('ok')
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Answers names like DNS would; each call takes the next answer, the last one for ever. */
function lookupOf(...answers: readonly (readonly string[])[]): LookupFunction & { calls: number } {
  const lookup = Object.assign(
    ((_hostname, options, callback) => {
      const addresses = answers[Math.min(lookup.calls, answers.length - 1)] ?? []
      lookup.calls += 1
      const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      if (options.all) callback(null, found)
      else callback(null, found[0]?.address ?? '', found[0]?.family)
    }) as LookupFunction,
    { calls: 0 },
  )
  return lookup
}

const post = (http: GuardedHttp, url: string, more: Partial<HttpPost> = {}) => http.post({ url, headers: {}, body: '{}', ...more })

describe('addresses that are not on the public internet', () => {
  test.each([
    ['this machine', 'https://127.0.0.1/'],
    ['any of this machine', 'https://0.0.0.0/'],
    ['decimal', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['hexadecimal', 'https://0x7f000001/'],
    ['mixed', 'https://0x7f.1/'],
    ['short', 'https://127.1/'],
    ['with a dot at its end', 'https://127.0.0.1./'],
    ['in full-width digits', 'https://１２７.0.0.1/'],
    ['with encoded digits', 'https://%31%32%37.0.0.1/'],
    ['private 10', 'https://10.1.2.3/'],
    ['private 172.16', 'https://172.31.255.255/'],
    ['private 192.168', 'https://192.168.0.1/'],
    ['carrier-grade NAT', 'https://100.64.0.1/'],
    ['cloud metadata', 'https://169.254.169.254/latest/meta-data'],
    ['cloud metadata, decimal', 'https://2852039166/'],
    ['documentation', 'https://203.0.113.7/'],
    ['benchmarks', 'https://198.18.0.1/'],
    ['multicast', 'https://224.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['IPv6 this machine', 'https://[::1]/'],
    ['IPv6 unspecified', 'https://[::]/'],
    ['IPv6 unique local', 'https://[fd00::1]/'],
    ['IPv6 link local', 'https://[fe80::1]/'],
    ['IPv6 multicast', 'https://[ff02::1]/'],
    ['IPv6 documentation', 'https://[2001:db8::1]/'],
    ['IPv6 metadata', 'https://[fd00:ec2::254]/'],
    ['IPv4 in IPv6', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4 in IPv6, hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['IPv4-compatible IPv6', 'https://[::127.0.0.1]/'],
    ['NAT64', 'https://[64:ff9b::169.254.169.254]/'],
    ['NAT64 of a network', 'https://[64:ff9b:1::1]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['Teredo', 'https://[2001:0:7f00:1::1]/'],
    ['localhost', 'https://localhost/'],
    ['below localhost', 'https://a.localhost/'],
    ['a name of the network', 'https://printer.local/'],
    ['metadata by name', 'https://metadata.google.internal/'],
  ])('are refused: %s', async (_what, url) => {
    const lookup = lookupOf(['127.0.0.1'])
    await expect(post(new GuardedHttp({ lookup }), url)).rejects.toThrow(AddressRefusedError)
    expect(lookup.calls).toBe(0)
  })

  test.each([
    'https://[fe80::1%25eth0]/',
    'https://1.2.3.4.5/',
    'https://256.1.1.1/',
    'https://[::1',
    'gopher://127.0.0.1/',
    'file:///etc/passwd',
    'https:',
    '',
  ])('that are none are refused: %s', async (url) => {
    await expect(post(new GuardedHttp(), url)).rejects.toThrow(AddressRefusedError)
  })

  test.each([
    ['http', 'http://example.com/', 'expected an https address'],
    ['a user name', 'https://example.com@127.0.0.1/', 'expected an address without user name and password'],
    ['a password', 'https://user:pass@example.com/', 'expected an address without user name and password'],
    ['a port of another service', 'https://example.com:25/', 'expected port 443 or one from 1024 on, got 25'],
  ])('or have %s are refused with a sentence', async (_what, url, sentence) => {
    expect(new GuardedHttp().refusalOf(url)).toBe(sentence)
    await expect(post(new GuardedHttp(), url)).rejects.toThrow(sentence)
  })

  test.each([
    ['1.1.1.1', true],
    ['8.8.8.8', true],
    ['192.0.0.8', false],
    ['172.32.0.1', true],
    ['100.128.0.1', true],
    ['2606:4700:4700::1111', true],
    ['2a00:1450:4001:81b::200e', true],
    ['::ffff:8.8.8.8', true],
    ['64:ff9b::8.8.8.8', true],
    ['64:ff9b::10.0.0.1', false],
    ['4000::1', false],
    ['fe80::1%eth0', false],
    ['example.com', false],
    ['', false],
  ])('%s: public is %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected)
  })
})

describe('names', () => {
  test.each([
    ['a private address', ['10.0.0.1']],
    ['this machine by IPv6', ['::1']],
    ['a public and a private address', ['93.184.215.14', '127.0.0.1']],
    ['IPv4 in IPv6', ['::ffff:169.254.169.254']],
    ['nothing', []],
  ])('that resolve to %s are refused, and the address is not told', async (_what, addresses) => {
    const refusal = post(new GuardedHttp({ lookup: lookupOf(addresses) }), 'https://hooks.example.com/')
    await expect(refusal).rejects.toThrow(AddressRefusedError)
    await expect(refusal).rejects.toThrow('expected a name on the public internet, got hooks.example.com')
  })

  test('are resolved once, and the connection goes to what was answered then: there is no second answer to rebind with', async () => {
    const private_ = lookupOf(['127.0.0.1'], ['93.184.215.14'])
    await expect(post(new GuardedHttp({ lookup: private_ }), `https://rebinding.example.com:${port}/`)).rejects.toThrow(AddressRefusedError)
    expect(private_.calls).toBe(1)
    // The same way to the connection, of a host that may be private: what it answers second would be refused by this machine.
    const turning = lookupOf(['127.0.0.1'], ['127.0.0.250'])
    const http = new GuardedHttp({ lookup: turning, allowedHosts: ['rebinding.example.com'] })
    await expect(post(http, `http://rebinding.example.com:${port}/`)).resolves.toMatchObject({ status: 200 })
    expect(turning.calls).toBe(1)
    expect(reached).toHaveLength(1)
  })

  test('that do not resolve were not reached', async () => {
    const lookup: LookupFunction = (_hostname, _options, callback) => callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), [])
    await expect(post(new GuardedHttp({ lookup }), 'https://nobody.example.com/')).rejects.toThrow(NotConnectedError)
  })

  test('of the operator may be private, by host and port', async () => {
    const lookup = lookupOf(['127.0.0.1'])
    const http = new GuardedHttp({ lookup, allowedHosts: [`chat.example.com:${port}`] })
    await expect(post(http, `http://chat.example.com:${port}/a?b=c`)).resolves.toMatchObject({ status: 200, body: 'ok' })
    await expect(post(http, `http://other.example.com:${port}/`)).rejects.toThrow(AddressRefusedError)
    await expect(post(http, `http://chat.example.com:${port + 1}/`)).rejects.toThrow(AddressRefusedError)
    await expect(post(http, `http://other.example.com:${port}/`, { isTrusted: true })).resolves.toMatchObject({ status: 200 })
    expect(reached).toEqual([`POST chat.example.com:${port}/a?b=c`, `POST other.example.com:${port}/`])
  })
})

describe('answers', () => {
  const local = (limits = {}) => new GuardedHttp({ allowedHosts: ['127.0.0.1'], limits })
  const url = () => `http://127.0.0.1:${port}/`

  test('that redirect are answers: nothing is followed', async () => {
    answer = (_request, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end()
    await expect(post(local(), url())).resolves.toMatchObject({ status: 307 })
    expect(reached).toHaveLength(1)
  })

  test('that do not come in time may have been given', async () => {
    answer = () => undefined
    await expect(post(local({ headersMs: 30 }), url())).rejects.toThrow(AnswerLostError)
  })

  test('that break off before their head may have been given', async () => {
    answer = (request) => request.socket.destroy()
    await expect(post(local(), url())).rejects.toThrow(AnswerLostError)
  })

  test('that are too long count by their status only', async () => {
    answer = (_request, response) => response.end('x'.repeat(5_000))
    await expect(post(local({ responseBytes: 1_000 }), url())).resolves.toEqual(expect.objectContaining({ status: 200, body: '' }))
  })

  test('of nobody mean that nothing was sent', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const free = (closed.address() as AddressInfo).port
    await new Promise((resolve) => closed.close(resolve))
    await expect(post(local(), `http://127.0.0.1:${free}/`)).rejects.toThrow(NotConnectedError)
  })
})

describe('what is asked for by GET', () => {
  const get = (url: string, limits = {}, http = new GuardedHttp({ allowedHosts: ['127.0.0.1'], limits })) =>
    http.get({ url, headers: { 'user-agent': 'tests' } })
  const url = () => `http://127.0.0.1:${port}/a?b=c`

  test('comes whole, with status and headers', async () => {
    answer = (_request, response) => response.writeHead(404, { 'X-Total-Count': '7' }).end('x'.repeat(300_000))
    const { status, headers, body } = await get(url(), { responseBytes: 300_000 })
    expect([status, headers['x-total-count'], body.length]).toEqual([404, '7', 300_000])
    expect(reached).toEqual([`GET 127.0.0.1:${port}/a?b=c`])
  })

  test('is refused where it may not be asked', async () => {
    await expect(get('https://10.0.0.1/')).rejects.toThrow(AddressRefusedError)
    const rebinding = new GuardedHttp({ lookup: lookupOf(['127.0.0.1']) })
    await expect(get(`https://rebinding.example.com:${port}/`, {}, rebinding)).rejects.toThrow(AddressRefusedError)
    expect(reached).toEqual([])
  })

  test('is an error where it is too long', async () => {
    answer = (_request, response) => response.end('x'.repeat(5_000))
    await expect(get(url(), { responseBytes: 1_000 })).rejects.toThrow(AnswerTooLongError)
  })

  test.each([
    ['before its head', false],
    ['in its body', true],
  ])('is an error where it breaks off %s', async (_where, hasHead) => {
    answer = (request, response) => {
      if (!hasHead) return void request.socket.destroy()
      response.writeHead(200, { 'content-length': '100' }).write('half', () => request.socket.destroy())
    }
    await expect(get(url())).rejects.toThrow(AnswerLostError)
  })
})
