import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SealingKey } from '../../../../src/base/sealed-text.ts'
import type { Database } from '../../../../src/database/database.ts'
import type { TokenOffer } from '../../../../src/domains/stores/shop/shops.ts'
import { findStores } from '../../../../src/domains/stores/store/find-stores.ts'
import { databaseKinds, freshDatabase } from '../../../setup/databases.ts'
import { makeShopData } from '../editable-shop.ts'
import { SHOP_TOKEN, type ShopServer, shopServer } from '../shop-server.ts'
import { credentialsOf, emptyStores, keyOf, markSynced, settingsOf, shopsWith } from './shops-world.ts'

const signal = new AbortController().signal
let server: ShopServer
beforeAll(async () => {
  server = await shopServer({ data: makeShopData({ products: 3, orders: 2, customers: 1 }) })
})
afterAll(() => server.close())

const offerOf = (more: Partial<TokenOffer> = {}): TokenOffer => ({
  ownerId: 'ana',
  tenantId: null,
  name: 'Mi tienda',
  platform: 'tiendanube',
  baseUrl: server.baseUrl,
  accessToken: SHOP_TOKEN,
  ...more,
})
const sandboxOf = (name = 'Mi tienda', more: Partial<TokenOffer> = {}): TokenOffer => ({ ownerId: 'ana', tenantId: null, name, platform: 'sandbox', ...more })

describe.each(databaseKinds)('shops on %s', (kind) => {
  let database: Database
  let drop: () => Promise<void>
  let keys: readonly SealingKey[]
  beforeAll(async () => {
    ;({ database, drop } = await freshDatabase(kind))
  })
  beforeEach(() => {
    keys = [keyOf('k1')]
  })
  afterEach(() => emptyStores(database))
  afterAll(() => drop())
  const shops = (given = keys) => shopsWith({ database, server, keys: given })
  const accept = async ({ storeId, credentialId }: { readonly storeId: string; readonly credentialId: string }) => {
    const parts = shops()
    const info = await (await parts.open(storeId, credentialId)).info(signal)
    await database.transaction((transaction) => parts.accept(transaction, { storeId, credentialId, info }))
  }

  test('a token becomes a store and a candidate, once accepted the store is reached by it', async () => {
    const offered = await shops().offer(offerOf())
    expect(offered.wasConnected).toBe(false)
    await expect(shops().open(offered.storeId)).rejects.toMatchObject({ code: 'NO_CREDENTIAL' })
    await accept(offered)
    const [store] = await findStores(database, [offered.storeId])
    expect(store).toMatchObject({ name: 'Mi tienda', baseUrl: server.baseUrl, credentialId: offered.credentialId, language: 'es', currency: 'ARS' })
    await expect((await shops().open(offered.storeId)).products({ signal })).resolves.toMatchObject({ total: 3 })
  })

  test('the same shop again is the same store; what it was connected by is forgotten when the next is accepted', async () => {
    const first = await shops().offer(offerOf())
    await accept(first)
    await markSynced(database)
    const second = await shops().offer(offerOf({ baseUrl: `${server.baseUrl}/`, name: 'Otro nombre' }))
    expect(second).toEqual({ storeId: first.storeId, credentialId: expect.not.stringMatching(first.credentialId) as string, wasConnected: true })
    await expect((await shops().open(first.storeId)).info(signal)).resolves.toMatchObject({ name: 'Test shop' })
    await accept(second)
    expect((await credentialsOf(database)).map(({ id }) => id)).toEqual([second.credentialId])
    const other = await shops().offer(offerOf({ ownerId: 'bob' }))
    expect(other.storeId).not.toBe(first.storeId)
  })

  test('the same idempotency key brings the same credential, also at once and after it was replaced', async () => {
    const offer = offerOf({ idempotencyKey: 'once' })
    const offers = await Promise.all([shops().offer(offer), shops().offer(offer), shops().offer(offer)])
    expect(new Set(offers.map(({ credentialId }) => credentialId)).size).toBe(1)
    await accept(await shops().offer(offerOf({ idempotencyKey: 'twice' })))
    expect((await shops().offer(offer)).credentialId).toBe(offers[0]?.credentialId)
  })

  test('no token can be read in the database', async () => {
    await shops().offer(offerOf())
    expect(JSON.stringify(await credentialsOf(database))).not.toContain(SHOP_TOKEN)
  })

  test('a token that was moved to another row is not opened', async () => {
    const [one, other] = [await shops().offer(offerOf()), await shops().offer(offerOf({ ownerId: 'bob', accessToken: 'other' }))]
    const sealed = (await credentialsOf(database)).find(({ id }) => id === one.credentialId)?.sealedToken
    await database.kysely
      .updateTable('store_credential' as never)
      .set({ sealed_token: sealed } as never)
      .where('id' as never, '=', other.credentialId as never)
      .execute()
    await expect(shops().open(other.storeId, other.credentialId)).rejects.toMatchObject({ code: 'TOKEN_SEALED' })
  })

  test('a key is rotated while connections are used: the new one in front, and the old one taken out once all are sealed anew', async () => {
    const [used, unused] = [await shops().offer(offerOf()), await shops().offer(offerOf({ ownerId: 'bob' }))]
    const running = await shops().open(used.storeId, used.credentialId)
    const rotated = [keyOf('k2'), ...keys]
    await (await shops(rotated).open(used.storeId, used.credentialId)).info(signal)
    await expect(shops(rotated.slice(0, 1)).open(used.storeId, used.credentialId)).resolves.toBeDefined()
    await expect(shops(rotated.slice(0, 1)).open(unused.storeId, unused.credentialId)).rejects.toMatchObject({ code: 'TOKEN_SEALED' })
    await expect(shops(rotated).resealAll()).resolves.toEqual({ resealed: 1, lost: 0 })
    await expect(shops(rotated).resealAll()).resolves.toEqual({ resealed: 0, lost: 0 })
    await expect((await shops(rotated.slice(0, 1)).open(unused.storeId, unused.credentialId)).info(signal)).resolves.toMatchObject({ name: 'Test shop' })
    await expect(running.info(signal)).resolves.toMatchObject({ name: 'Test shop' })
  })

  test('a missing key, and another one under the same id, give a sentence that names it', async () => {
    const { storeId, credentialId } = await shops().offer(offerOf())
    const missing = shops([keyOf('k9')]).open(storeId, credentialId)
    await expect(missing).rejects.toMatchObject({
      code: 'TOKEN_SEALED',
      message: expect.stringContaining('the key "k1" that sealed this text is not among ENCRYPTION_KEYS') as string,
    })
    const wrong = shops([keyOf('k1')]).open(storeId, credentialId)
    await expect(wrong).rejects.toMatchObject({
      code: 'TOKEN_SEALED',
      message: expect.stringContaining('ENCRYPTION_KEYS has another key under that id') as string,
    })
    await expect(shops([keyOf('k1')]).resealAll()).resolves.toEqual({ resealed: 0, lost: 0 })
    await expect(shops([keyOf('k9')]).resealAll()).resolves.toEqual({ resealed: 0, lost: 1 })
  })

  test('what is gone is told', async () => {
    const { storeId, credentialId } = await shops().offer(offerOf())
    await emptyStores(database)
    await expect(shops().open(storeId, credentialId)).rejects.toMatchObject({ code: 'STORE_GONE' })
    const info = { externalId: '1', name: 'x', language: 'es', currency: 'ARS', publicUrl: null }
    await expect(database.transaction((transaction) => shops().accept(transaction, { storeId, credentialId, info }))).rejects.toMatchObject({
      code: 'NO_CREDENTIAL',
    })
  })

  test('a sandbox shop is inside, named so, and always the same', async () => {
    const offered = await shops().offer(sandboxOf('Café Ñandú'))
    const [store] = await findStores(database, [offered.storeId])
    expect(store?.baseUrl).toBe('sandbox:cafe-nandu')
    const shop = await shops().open(offered.storeId, offered.credentialId)
    await expect(shop.info(signal)).resolves.toMatchObject({ name: 'Café Ñandú (sandbox)', publicUrl: 'https://sandbox.invalid' })
    const products = await shop.products({ signal })
    expect(products).toMatchObject({ total: 120, next: undefined })
    expect(await (await shops().open(offered.storeId, offered.credentialId)).products({ signal })).toMatchObject({ items: products.items })
    await expect(shop.orders({ signal })).resolves.toMatchObject({ total: 60 })
    await expect(shop.customers({ signal })).resolves.toMatchObject({ total: 40 })
    await expect(shop.ids('products', { signal })).resolves.toMatchObject({ items: products.items.map(({ externalId }) => externalId) })
  })

  describe('an offer', () => {
    test.each<[string, Partial<TokenOffer>, string]>([
      ['without a name', { name: ' ' }, 'input.name'],
      ['with a long name', { name: 'x'.repeat(101) }, 'input.name'],
      ['with a name of two lines', { name: 'a\nb' }, 'input.name'],
      ['with NUL in its name', { name: 'a\0b' }, 'input.name'],
      ['without an address', { baseUrl: undefined }, 'input.baseUrl'],
      ['with an address by http', { baseUrl: 'http://api.example.com/v1/1' }, 'input.baseUrl'],
      ['with a private address', { baseUrl: 'https://10.0.0.1/v1/1' }, 'input.baseUrl'],
      ['with a query in its address', { baseUrl: 'https://api.example.com/v1/1?x=1' }, 'input.baseUrl'],
      ['with a password in its address', { baseUrl: 'https://a:b@api.example.com/v1/1' }, 'input.baseUrl'],
      ['without a token', { accessToken: undefined }, 'input.accessToken'],
      ['with a token of two lines', { accessToken: 'a\r\nx: y' }, 'input.accessToken'],
      ['with a token beyond ASCII', { accessToken: 'ñ' }, 'input.accessToken'],
      ['with a long token', { accessToken: 'x'.repeat(4_097) }, 'input.accessToken'],
    ])('%s is refused', async (_what, more, path) => {
      await expect(shops().offer(offerOf(more))).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path }] })
    })

    test('of a sandbox shop has neither address nor token', async () => {
      const offer = sandboxOf('x', { baseUrl: server.baseUrl, accessToken: 'y' })
      await expect(shops().offer(offer)).rejects.toMatchObject({ issues: [{ path: 'input.baseUrl' }, { path: 'input.accessToken' }] })
    })

    test('may be private where the operator says so', async () => {
      const settings = { ...settingsOf(server), apiUrl: 'https://api.tiendanube.com/v1' }
      const strict = shopsWith({ database, server, keys, settings })
      await expect(strict.offer(offerOf())).rejects.toMatchObject({ issues: [{ path: 'input.baseUrl' }] })
      const allowing = shopsWith({ database, server, keys, settings: { ...settings, allowedPrivateHosts: [server.host] } })
      const { storeId, credentialId } = await allowing.offer(offerOf())
      await expect((await allowing.open(storeId, credentialId)).info(signal)).resolves.toMatchObject({ name: 'Test shop' })
      await expect((await strict.open(storeId, credentialId)).info(signal)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
    })
  })
})
