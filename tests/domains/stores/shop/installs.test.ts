import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newUuid } from '../../../../src/base/ids.ts'
import type { SealingKey } from '../../../../src/base/sealed-text.ts'
import type { Database } from '../../../../src/database/database.ts'
import type { ShopsParams } from '../../../../src/domains/stores/shop/create-shops.ts'
import { CALLBACK_ROUTE } from '../../../../src/domains/stores/shop/install/callback-page.ts'
import { findStores } from '../../../../src/domains/stores/store/find-stores.ts'
import type { StartOutcome, StartRequest } from '../../../../src/engine/engine.ts'
import { databaseKinds, freshDatabase } from '../../../setup/databases.ts'
import { PLANTED } from '../../../setup/planted-secrets.ts'
import { makeShopData } from '../editable-shop.ts'
import { SHOP_TOKEN, type ShopServer, shopServer } from '../shop-server.ts'
import {
  ANA,
  abandonInstalls,
  credentialsOf,
  emptyStores,
  expireInstalls,
  forgetOperations,
  installsOf,
  keyOf,
  markSynced,
  settingsOf,
  shopsWith,
  startedOutcome,
} from './shops-world.ts'

const signal = new AbortController().signal

interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

describe.each(databaseKinds)('a consent on %s', (kind) => {
  let database: Database
  let drop: () => Promise<void>
  let server: ShopServer
  const keys: readonly SealingKey[] = [keyOf('k1')]
  let started: StartRequest[]
  let start: ShopsParams['start']
  let callbackUrl: string
  let closeCallback: () => void

  beforeAll(async () => {
    ;({ database, drop } = await freshDatabase(kind))
  })
  afterAll(() => drop())
  beforeEach(async () => {
    server = await shopServer({ data: makeShopData({ products: 3 }) })
    started = []
    const known = new Map<string, string>()
    start = (request) => {
      started.push(request)
      const key = `${request.type}:${request.idempotencyKey ?? ''}`
      const replayed = known.has(key)
      const id = known.get(key) ?? newUuid()
      known.set(key, id)
      return Promise.resolve(startedOutcome(id, replayed))
    }
    // Each request is answered by an instance of its own, so that nothing is remembered but in the database.
    const http = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost')
      const [route] = parts().routes
      void route?.handle(request, response, { url }).catch(() => response.writeHead(500).end('failed'))
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    callbackUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}${CALLBACK_ROUTE}`
    closeCallback = () => {
      http.closeAllConnections()
      http.close()
    }
    server.consent({ redirectTo: callbackUrl })
  })
  afterEach(async () => {
    closeCallback()
    await server.close()
    await emptyStores(database)
  })

  const parts = (more: Partial<ShopsParams> = {}) => shopsWith({ database, server, keys, start: (request) => start(request), ...more })
  const link = (name?: string) => parts().installLink({ ownerId: 'ana', tenantId: 'acme', actor: ANA, platform: 'tiendanube', name })
  const open = async (url: string): Promise<Page> => {
    const response = await fetch(url)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const inputOf = (index: number) =>
    (started[index] as StartRequest).input as { readonly storeId: string; readonly credentialId: string; readonly name: string }
  /** Where the consent page leads back to, without going there. */
  const consentTo = async (url: string): Promise<string> => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? ''

  test('connects the shop for who asked for the link', async () => {
    const { url, expiresAt } = await link()
    expect(url).toMatch(new RegExp(`^${server.authUrl}/4711/authorize\\?state=[\\w-]{43}$`))
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(590_000)
    const page = await open(url)
    expect(page).toMatchObject({ status: 200, text: expect.stringMatching(/<h1>Test shop is being connected<\/h1>.*operation_/) as string })
    expect(started).toEqual([
      {
        type: 'STORE_CONNECTION',
        input: { storeId: expect.any(String) as string, credentialId: expect.any(String) as string, name: 'Test shop', platform: 'tiendanube' },
        ownerId: 'ana',
        tenantId: 'acme',
        actor: ANA,
        idempotencyKey: expect.stringMatching(/^install:[\w-]{43}$/) as string,
      },
    ])
    const { storeId, credentialId } = inputOf(0)
    expect((await findStores(database, [storeId]))[0]).toMatchObject({ ownerId: 'ana', tenantId: 'acme', baseUrl: server.baseUrl, name: 'Test shop' })
    await expect((await parts().open(storeId, credentialId)).products({ signal })).resolves.toMatchObject({ total: 3 })
  })

  test('is a page of its own: no scripts, no caches, no referrer, and nothing of code or state in it', async () => {
    const back = await consentTo((await link('<b>Mi & tienda</b>')).url)
    const { headers, text } = await open(back)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer'])
    expect(text).toContain('&lt;b&gt;Mi &amp; tienda&lt;/b&gt; is being connected')
    const { searchParams } = new URL(back)
    for (const secret of [searchParams.get('code'), searchParams.get('state'), SHOP_TOKEN]) expect(text).not.toContain(secret)
  })

  test('keeps nothing by which the link could be used', async () => {
    const { url } = await link()
    const state = new URL(url).searchParams.get('state') ?? ''
    const kept = JSON.stringify(await installsOf(database), (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : value,
    )
    expect(kept).not.toContain(state)
    expect(kept).not.toContain(Buffer.from(state, 'base64url').toString('hex'))
  })

  test('for a store that was connected before brings it back', async () => {
    await open((await link('Mi tienda')).url)
    const { storeId, credentialId } = inputOf(0)
    const info = await (await parts().open(storeId, credentialId)).info(signal)
    await database.transaction((transaction) => parts().accept(transaction, { storeId, credentialId, info }))
    await markSynced(database)
    await open((await link()).url)
    expect(started[1]).toMatchObject({ type: 'STORE_RECONNECTION', input: { storeId } })
    expect((await findStores(database, [storeId]))[0]?.name).toBe('Mi tienda')
  })

  test('that is loaded again says so, with the same operation', async () => {
    const back = await consentTo((await link()).url)
    const [first, second] = [await open(back), await open(back)]
    const operation = /operation_\w+/.exec(first.text)?.[0]
    expect(second).toMatchObject({ status: 200, text: expect.stringContaining('is already being connected') as string })
    expect(second.text).toContain(operation)
    await expireInstalls(database)
    expect((await open(back)).text).toContain(operation)
    expect(started).toHaveLength(1)
  })

  test('that comes twice at once starts once', async () => {
    const back = await consentTo((await link()).url)
    const pages = await Promise.all([open(back), open(back), open(back)])
    expect(pages.some(({ status }) => status === 200)).toBe(true)
    expect(pages.every(({ status }) => status === 200 || status === 202)).toBe(true)
    expect(server.requestsOf('/apps/authorize/token')).toHaveLength(1)
    expect(new Set(started.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    expect(await credentialsOf(database)).toHaveLength(1)
  })

  test('that was denied changes nothing, and its link is used up', async () => {
    const { url } = await link()
    server.consent({ redirectTo: callbackUrl, deny: true })
    expect(await open(url)).toMatchObject({ status: 403, text: expect.stringContaining('was not connected') as string })
    server.consent({ redirectTo: callbackUrl })
    expect((await open(url)).status).toBe(410)
    expect(started).toEqual([])
  })

  test('by a link that has expired, was made up, or lacks something is refused', async () => {
    const back = await consentTo((await link()).url)
    await expireInstalls(database)
    const state = 'x'.repeat(43)
    for (const url of [
      back,
      `${callbackUrl}?code=1&state=${state}`,
      `${callbackUrl}?error=access_denied&state=${state}`,
      callbackUrl,
      `${callbackUrl}?code=1`,
      `${callbackUrl}?state=%00&code=1`,
      `${callbackUrl}/more?${back.split('?')[1] ?? ''}`,
    ])
      expect(await open(url)).toMatchObject({ status: 410, text: expect.stringContaining('not good any more') as string })
    expect(server.requestsOf('/apps/authorize/token')).toEqual([])
  })

  test('with a code that the platform refuses is refused, and its link is used up', async () => {
    const state = new URL((await link()).url).searchParams.get('state') ?? ''
    expect((await open(`${callbackUrl}?code=made-up&state=${state}`)).status).toBe(400)
    expect((await open(`${callbackUrl}?code=${server.grantCode()}&state=${state}`)).status).toBe(410)
    expect(started).toEqual([])
  })

  test.each([
    ['fails', { status: 503 }],
    ['limits us', { status: 429 }],
    ['breaks off', { status: 0, cut: true }],
  ])('goes on when it is loaded again after the platform %s for a moment', async (_what, { status, ...fault }) => {
    const back = await consentTo((await link()).url)
    server.failNext(1, status, { match: '/authorize/token', ...fault })
    const page = await open(back)
    expect(page).toMatchObject({ status: 503, text: expect.stringContaining('Your consent was not lost') as string })
    expect(page.headers.get('retry-after')).not.toBeNull()
    expect((await open(back)).status).toBe(200)
    expect(started).toHaveLength(1)
  })

  test('goes on after a crash between the token and the start, also on another instance', async () => {
    const back = await consentTo((await link()).url)
    const begin = start
    start = () => Promise.reject(new Error('killed'))
    expect((await open(back)).status).toBe(500)
    start = begin
    expect((await open(back)).status).toBe(200)
    expect(started).toHaveLength(1)
    expect(server.requestsOf('/apps/authorize/token')).toHaveLength(1)
  })

  test('goes on after a crash between the start and its end: nothing is started twice', async () => {
    const back = await consentTo((await link()).url)
    const operation = /operation_\w+/.exec((await open(back)).text)?.[0]
    await forgetOperations(database)
    const page = await open(back)
    expect(page.text).toContain('is already being connected')
    expect(page.text).toContain(operation)
    const { storeId, credentialId } = inputOf(0)
    await forgetOperations(database)
    const info = { externalId: '1', name: 'x', language: 'es', currency: 'ARS', publicUrl: null }
    await database.transaction((transaction) => parts().accept(transaction, { storeId, credentialId, info }))
    expect((await open(back)).text).toContain('is connected already')
    expect(started).toHaveLength(2)
  })

  test('that died before its token was kept is under way for a minute, then it can be used again', async () => {
    const back = await consentTo((await link()).url)
    const { pathname } = new URL(back)
    expect(pathname).toBe(CALLBACK_ROUTE)
    let release = (): void => undefined
    server.answer((request, response) => {
      if (!request.url?.includes('/authorize/token')) return false
      release = () => void response.destroy()
      return true
    })
    const dying = open(back)
    await expect.poll(() => server.requestsOf('/apps/authorize/token').length).toBe(1)
    expect((await open(back)).status).toBe(202)
    server.answer(undefined)
    await abandonInstalls(database)
    expect((await open(back)).status).toBe(200)
    release()
    await dying
    expect(started).toHaveLength(1)
  })

  test('of a shop that is being worked on is kept, and goes on later', async () => {
    const back = await consentTo((await link()).url)
    const begin = start
    const busy: StartOutcome = { kind: 'alreadyRunning', operation: undefined }
    start = () => Promise.resolve(busy)
    expect((await open(back)).status).toBe(409)
    start = begin
    expect((await open(back)).status).toBe(200)
  })

  test('of a shop that does not say its name connects it by its number, until it does', async () => {
    server.failNext(1, 401, { match: '/store' })
    await open((await link()).url)
    const { storeId, credentialId, name } = inputOf(0)
    expect(name).toBe('Tiendanube 1234567')
    const info = { externalId: '1234567', name: 'Test shop', language: 'es', currency: 'ARS', publicUrl: null }
    await database.transaction((transaction) => parts().accept(transaction, { storeId, credentialId, info }))
    expect((await findStores(database, [storeId]))[0]?.name).toBe('Test shop')
  })

  test('needs an app at the platform, and a shop that is on one', async () => {
    const request = { ownerId: 'ana', tenantId: null, actor: ANA, platform: 'tiendanube' } as const
    const none = parts({ settings: { ...settingsOf(server), app: undefined } })
    await expect(none.installLink(request)).rejects.toMatchObject({
      issues: [{ path: 'input.platform', message: expect.stringContaining('TIENDANUBE_APP_ID') as string }],
    })
    expect(none.routes).toEqual([])
    await expect(parts().installLink({ ...request, platform: 'sandbox' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(parts().installLink({ ...request, name: '' })).rejects.toMatchObject({ issues: [{ path: 'input.name' }] })
  })

  test('by another app than ours is refused', async () => {
    const strange = parts({ settings: { ...settingsOf(server), app: { id: '4711', secret: `${PLANTED.shopAppSecret}?` } } })
    const { url } = await link()
    const back = new URL(await consentTo(url))
    const [route] = strange.routes
    const statuses: number[] = []
    const response = { writeHead: (status: number) => statuses.push(status), end: () => undefined }
    await route?.handle({} as never, response as never, { url: back })
    expect(statuses).toEqual([400])
  })
})
