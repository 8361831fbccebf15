import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../../src/base/clock.ts'
import type { PageRequest, ShopPage } from '../../../../src/domains/stores/shop/shop-api.ts'
import { ShopUnauthorizedError, ShopUnavailableError } from '../../../../src/domains/stores/shop/shop-errors.ts'
import { httpTransport } from '../../../../src/domains/stores/shop/shop-transport.ts'
import { TiendanubeShop, type TiendanubeShopParams } from '../../../../src/domains/stores/shop/tiendanube/tiendanube-shop.ts'
import { GuardedHttp } from '../../../../src/gateways/guarded-http.ts'
import { type EditableShop, makeShopData } from '../editable-shop.ts'
import { type HurriedClock, hurriedClock } from '../hurried-clock.ts'
import { SHOP_TOKEN, type ShopServer, type ShopServerParams, shopServer } from '../shop-server.ts'

const signal = new AbortController().signal
let data: EditableShop
let server: ShopServer
let clock: HurriedClock

beforeEach(async () => {
  data = makeShopData({ products: 450, orders: 30, customers: 0 })
  server = await shopServer({ data })
  clock = hurriedClock()
})
afterEach(() => server.close())

const shopOf = (more: Partial<TiendanubeShopParams> = {}, limits = {}) =>
  new TiendanubeShop({
    baseUrl: server.baseUrl,
    token: SHOP_TOKEN,
    userAgent: 'Batuta (tests@example.com)',
    transport: httpTransport(new GuardedHttp({ allowedHosts: [server.host], limits: { responseBytes: 8 * 1024 * 1024, ...limits } }), false),
    clock,
    random: () => 0.5,
    ...more,
  })

async function all<Item>(read: (request: PageRequest) => Promise<ShopPage<Item>>, first: Partial<PageRequest> = {}): Promise<Item[]> {
  const items: Item[] = []
  for (let request: PageRequest = { signal, ...first }; ; ) {
    const page = await read(request)
    items.push(...page.items)
    if (page.next === undefined) return items
    request = { page: page.next, signal }
  }
}

describe('pages', () => {
  test('are followed by the links of the shop, each asked for once', async () => {
    const shop = shopOf()
    const products = await all((request) => shop.products(request))
    expect(products.map(({ externalId }) => externalId)).toEqual(data.collections.products.ids.map(String))
    expect(server.requestsOf('/products').map(({ path, status }) => [new URLSearchParams(path.split('?')[1]).get('page'), status])).toEqual([
      ['1', 200],
      ['2', 200],
      ['3', 200],
    ])
  })

  test('say the total and the time of the shop, and go on in another process', async () => {
    const first = await shopOf().products({ signal })
    expect(first).toMatchObject({ total: 450, next: expect.stringMatching(/^\/products\?.*page=2/) as string })
    expect(Math.abs(first.at.getTime() - systemClock.now())).toBeLessThan(5_000)
    const second = await shopOf().products({ signal, page: first.next })
    expect(second.items[0]?.externalId).toBe(String(data.collections.products.ids[200]))
  })

  test('of ids carry nothing else', async () => {
    const shop = shopOf()
    await expect(all((request) => shop.ids('orders', request))).resolves.toEqual(data.collections.orders.ids.map(String))
    expect(server.log.every(({ path }) => path.includes('fields=id'))).toBe(true)
  })

  test('of what was changed since then hold that alone', async () => {
    const since = new Date()
    const { products } = data.collections
    products.change(products.ids[7] as number, { name: { es: 'Otra cosa' } })
    const added = products.add({ name: { es: 'Nueva' }, variants: [] })
    const shop = shopOf()
    const changed = await all((request) => shop.products(request), { changedSince: since })
    expect(changed.map(({ externalId, name }) => [externalId, name['es']])).toEqual([
      [String(products.ids[7]), 'Otra cosa'],
      [String(added), 'Nueva'],
    ])
  })

  test('of an empty list, and after the last one, are empty', async () => {
    await expect(shopOf().customers({ signal })).resolves.toMatchObject({ items: [], total: 0, next: undefined })
    await expect(shopOf().products({ signal, page: '/products?page=9&per_page=200' })).resolves.toMatchObject({ items: [], next: undefined })
  })

  test('that are gone for another reason do not empty a catalogue', async () => {
    server.failNext(1, 404, { body: '<h1>Not found</h1>' })
    await expect(shopOf().products({ signal })).rejects.toThrow(ShopUnavailableError)
  })

  test.each([
    '/orders?page=2',
    'https://evil.example.com/products?page=2',
    '/products/../store',
    '//evil.example.com/products?',
    '@evil.example.com/products?',
    '',
  ])('that are none of ours are not asked for: %s', async (page) => {
    await expect(shopOf().products({ signal, page })).rejects.toThrow(ShopUnavailableError)
    expect(server.log).toEqual([])
  })

  test.each([
    'http://evil.example.com/v1/1234567/products?page=2',
    'https://127.0.0.1/v1/1234567/products?page=2',
    '/v1/7654321/products?page=2',
    '/v1/1234567/products/../../7654321/products?page=2',
    '//evil.example.com/v1/1234567/products?page=2',
    'products@evil.example.com',
  ])('at another address get no token: %s', async (address) => {
    server.answer((_request, response) => {
      response.writeHead(200, { link: `<${address}>; rel="next"`, 'x-total-count': '2' }).end('[]')
      return true
    })
    await expect(shopOf().products({ signal })).rejects.toThrow('its next page of products is at another address')
  })
})

describe('the shop itself', () => {
  test('says who it is', async () => {
    await expect(shopOf().info(signal)).resolves.toEqual({
      externalId: expect.stringMatching(/^\d+$/) as string,
      name: 'Test shop',
      language: 'es',
      currency: 'ARS',
      publicUrl: 'https://sandbox.invalid',
    })
  })

  test('is told who asks, and by which token', async () => {
    let headers = {}
    server.answer((request) => {
      headers = request.headers
      return false
    })
    await shopOf().info(signal)
    expect(headers).toMatchObject({ authentication: `bearer ${SHOP_TOKEN}`, 'user-agent': 'Batuta (tests@example.com)' })
  })

  test('is not there: that is a sentence, and no reason to try again', async () => {
    server.failNext(1, 404)
    await expect(shopOf().info(signal)).rejects.toMatchObject({ code: 'NO_SHOP' })
  })
})

describe('failures', () => {
  test('for a moment are repeated', async () => {
    server.failNext(2, 500)
    server.failNext(1, 0, { cut: true })
    await expect(shopOf().products({ signal })).resolves.toMatchObject({ total: 450 })
    expect(server.log.map(({ status }) => status)).toEqual([500, 500, 0, 200])
    expect(clock.slept).toEqual([500, 1_000, 2_000])
  })

  test('that go on are told after four tries', async () => {
    server.failNext(9, 503)
    await expect(shopOf().products({ signal })).rejects.toThrow(ShopUnavailableError)
    expect(server.log).toHaveLength(4)
  })

  test('of the connection are told after four tries', async () => {
    await server.close()
    await expect(shopOf().info(signal)).rejects.toThrow(ShopUnavailableError)
    expect(clock.slept).toHaveLength(3)
  })

  test.each([401, 403])('of the token (%i) are told at once', async (status) => {
    server.failNext(1, status)
    await expect(shopOf().orders({ signal })).rejects.toThrow(ShopUnauthorizedError)
    expect(server.log).toHaveLength(1)
  })

  test('of a token that was revoked are told at once', async () => {
    server.token = undefined
    await expect(shopOf().info(signal)).rejects.toThrow(ShopUnauthorizedError)
  })

  test.each([
    ['HTML', '<html>Down for maintenance</html>', 'something else than JSON'],
    ['no list', '{"error":"x"}', 'something else than a list of products'],
    ['half an answer', '[{"id":1', 'something else than JSON'],
  ])('of understanding are told: %s', async (_what, body, message) => {
    server.failNext(1, 200, { body })
    await expect(shopOf().products({ signal })).rejects.toThrow(message)
  })

  test('to stay within what we read are told, not cut', async () => {
    await expect(shopOf({}, { responseBytes: 10_000 }).products({ signal })).rejects.toThrow('expected an answer of at most 10000 bytes')
    expect(server.log).toHaveLength(1)
  })

  test('to finish an answer are failures, not short answers', async () => {
    let times = 0
    server.answer((_request, response) => {
      times += 1
      if (times > 1) return false
      response.writeHead(200, { 'content-length': '1000' })
      response.write('[]', () => response.socket?.destroy())
      return true
    })
    await expect(shopOf().products({ signal })).resolves.toMatchObject({ total: 450 })
    expect(times).toBe(2)
  })

  test('of redirects are told: nobody is followed with a token', async () => {
    server.failNext(1, 302, { headers: { location: 'http://evil.example.com/' } })
    await expect(shopOf().products({ signal })).rejects.toThrow('answers 302')
  })

  test('of an address that is private are told with a sentence', async () => {
    const transport = httpTransport(new GuardedHttp(), false)
    await expect(shopOf({ transport }).info(signal)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  })

  test('end when nobody waits any more', async () => {
    const gone = new AbortController()
    server.answer(() => {
      gone.abort(new Error('canceled'))
      return true
    })
    await expect(shopOf().products({ signal: gone.signal })).rejects.toThrow('canceled')
    await expect(shopOf().products({ signal: gone.signal })).rejects.toThrow('canceled')
    expect(server.log).toHaveLength(1)
  })

  test('end in the middle of a wait', async () => {
    const gone = new AbortController()
    server.failNext(1, 429, { headers: { 'x-rate-limit-reset': '60000' } })
    const asked = shopOf({ clock: systemClock, onWait: () => gone.abort(new Error('canceled')) }).products({ signal: gone.signal })
    await expect(asked).rejects.toThrow('canceled')
  })
})

describe('rate limits', () => {
  test('are waited out as long as the shop says, which is told', async () => {
    server.failNext(1, 429, { headers: { 'x-rate-limit-reset': '7000' } })
    server.failNext(1, 429, { headers: { 'retry-after': '3' } })
    const waits: unknown[] = []
    await expect(shopOf({ onWait: (wait) => waits.push(wait) }).products({ signal })).resolves.toMatchObject({ total: 450 })
    expect(waits).toEqual([
      { ms: 7_000, why: 'rateLimit' },
      { ms: 3_000, why: 'rateLimit' },
    ])
  })

  test('are waited out for a minute at most, and five in all', async () => {
    server.failNext(99, 429, { headers: { 'x-rate-limit-reset': '86400000' } })
    await expect(shopOf().products({ signal })).rejects.toThrow(ShopUnavailableError)
    expect(clock.slept).toEqual([60_000, 60_000, 60_000, 60_000, 60_000])
  })

  test('are kept to: with a full bucket the next request waits until one has leaked out', async () => {
    await server.close()
    const params: ShopServerParams = { data, limit: { bucket: 2, leaksPerSecond: 20 } }
    server = await shopServer(params)
    const shop = shopOf({ clock: systemClock })
    await expect(all((request) => shop.products(request))).resolves.toHaveLength(450)
    await expect(all((request) => shop.orders(request))).resolves.toHaveLength(30)
    expect(server.log.filter(({ status }) => status === 429)).toEqual([])
  })
})
