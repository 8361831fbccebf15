import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAgents } from '../../../../src/domains/stores/chat/agents.ts'
import { CHAT_LIMITS } from '../../../../src/domains/stores/chat/chat.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../../setup/databases.ts'
import { chatWorld, seedOperation } from './chat-world.ts'
import { CLOTHES, type Shop, seedShop } from './shop-kit.ts'

describe.each(databaseKinds)('chats on %s', (kind) => {
  let fresh: FreshDatabase
  let shop: Shop
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    shop = await seedShop(fresh.database, CLOTHES)
    await createAgents({ database: fresh.database }).choose(shop.store.id, { name: 'Sofi' })
  })
  afterAll(() => fresh.drop())

  const send = (text: string, viewerId = 'ana', more: { readonly idempotencyKey?: string; readonly of?: Shop } = {}) => {
    const { of = shop, ...rest } = more
    return chatWorld(fresh.database).chat.send({ store: of.store, viewerId, text, ...rest })
  }
  const listed = async (userId: string, more: object = {}) =>
    chatWorld(fresh.database).chat.messages({ storeId: shop.store.id, userId, limit: 10, fromEnd: false, ...more })

  test('answer with products that can be bought, cited by id', async () => {
    const { message, reply } = await send('¿Tenés remeras rojas?', 'q1')
    expect(message).toMatchObject({ role: 'user', text: '¿Tenés remeras rojas?', source: null, productIds: [] })
    expect(reply).toMatchObject({ role: 'assistant', source: 'retrieval', stale: false, productIds: [shop.products[0], shop.products[1]], orderIds: [] })
    expect(reply.text).toBe('¡Claro! Esto es lo que encontré:\n• Remera lisa (Roja / M) · ARS 12.500,50 · quedan 3\n• Remera rayada · ARS 9.000 · sin stock')
    expect((await send('Do you have jackets of wool?', 'q1')).reply.text).toBe('Sure! This is what I found:\n• Wool jacket · ARS 48,000 · available')
    expect((await listed('q1')).items.slice(0, 2)).toEqual([message, reply])
  })

  test('follow the talk', async () => {
    await send('¿Tenés remeras?', 'q2')
    expect((await send('¿Y en azul?', 'q2')).reply.text).toContain('Remera lisa (Azul / L) · ARS 13.000 · quedan 2')
    // Not that of another user.
    expect((await send('¿Y en azul?', 'q3')).reply.text).toContain('No encontré nada')
  })

  test('make nothing up, and say so before there is an index', async () => {
    expect((await send('¿Tenés bicicletas?', 'q4')).reply).toMatchObject({ productIds: [], text: expect.stringMatching(/^No encontré nada/) })
    expect((await send('secreta vieja', 'q4')).reply.productIds).toEqual([])
    const young = await seedShop(fresh.database, { ...CLOTHES, indexedRevision: null })
    expect((await send('remeras', 'ana', { of: young })).reply).toMatchObject({
      text: expect.stringMatching(/conociendo esta tienda/),
      stale: true,
      productIds: [],
    })
    expect((await send('hola', 'q4')).reply.text).toMatch(/Soy Sofi/)
  })

  test('tell orders to the owner of the store, and nothing of them to anybody else', async () => {
    const own = (await send('¿Dónde está mi pedido 1042?')).reply
    expect(own).toMatchObject({
      orderIds: [shop.orders[0]],
      text: expect.stringMatching(/Pedido 1042 · pagado · enviado · 2 artículos · ARS 12\.500,50 · de Ana López/),
    })
    expect(own.text).not.toContain('ana.secret@example.com')
    expect((await send('últimos pedidos')).reply.orderIds).toEqual([shop.orders[1], shop.orders[0]])
    expect((await send('pedidos de Bruno')).reply.orderIds).toEqual([shop.orders[1]])
    for (const text of ['¿Dónde está mi pedido 1042?', 'orders of Ana López', '#1043', 'últimos pedidos', 'remeras y pedidos de Bruno']) {
      const { reply } = await send(text, 'root')
      expect(reply.orderIds).toEqual([])
      expect(reply.text).toMatch(/^(Los pedidos se muestran solamente al dueño|Orders are shown to the shop's owner only)/)
    }
  })

  test('of another store know nothing of this one', async () => {
    const other = await seedShop(fresh.database, { ownerId: 'ana', products: [{ name: { es: 'Taza' } }] })
    expect((await send('remeras', 'ana', { of: other })).reply.productIds).toEqual([])
    expect((await send('pedido 1042', 'ana', { of: other })).reply.orderIds).toEqual([])
  })

  test('are read by whose they are, page by page', async () => {
    for (const text of ['uno', 'dos', 'tres']) await send(text, 'pages')
    const all = (await listed('pages')).items
    expect(all.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user', 'assistant'])
    expect(all.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual(['uno', 'dos', 'tres'])
    const newest = await listed('pages', { limit: 2, fromEnd: true })
    expect(newest).toMatchObject({ items: all.slice(4), hasPrevious: true, hasNext: false })
    expect((await listed('pages', { limit: 2, fromEnd: true, before: newest.items[0]?.id })).items).toEqual(all.slice(2, 4))
    expect(await listed('pages', { limit: 2, after: all[1]?.id })).toMatchObject({ items: all.slice(2, 4), hasNext: true, hasPrevious: true })
    expect((await listed('root2')).items).toEqual([])
    const { chat } = chatWorld(fresh.database)
    const ids = all.slice(0, 2).map(({ id }) => id)
    expect(await chat.byIds('pages', ids.toReversed())).toEqual([all[1], all[0]])
    expect(await chat.byIds('ana', ids)).toEqual([undefined, undefined])
  })

  test('answer a repeated request once, also twice at the same time', async () => {
    const both = await Promise.all([send('remeras', 'twice', { idempotencyKey: 'k' }), send('remeras', 'twice', { idempotencyKey: 'k' })])
    expect(both[0]).toEqual(both[1])
    expect(await send('remeras', 'twice', { idempotencyKey: 'k' })).toEqual(both[0])
    expect((await listed('twice')).items).toHaveLength(2)
    await expect(send('camperas', 'twice', { idempotencyKey: 'k' })).rejects.toMatchObject({ issues: [{ path: 'input.idempotencyKey' }] })
    // Keys are each user's own.
    expect((await send('camperas', 'other', { idempotencyKey: 'k' })).message.userId).toBe('other')
  })

  test.each(['', '   ', 'x'.repeat(CHAT_LIMITS.text + 1), 'x'.repeat(10_000), 'a\u0000b', '\ud800'])(
    'refuse what is no text that can be kept: %#',
    async (text) => {
      await expect(send(text, 'hostile')).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'input.text' }] })
    },
  )

  test.each([
    'x'.repeat(CHAT_LIMITS.text),
    '🧶'.repeat(1_000),
    '**remeras** <script>alert(1)</script> [x](javascript:1)',
    "'; drop table chat_message; --",
    '?!…',
    '%_\\',
    '\u202e\u0007',
  ])('take any other text as it is: %#', async (text) => {
    expect((await send(text, 'odd')).message.text).toBe(text)
  })

  test('say when their data is stale', async () => {
    const isStale = async (of = shop) => (await send('remeras', `stale-${Math.random()}`, { of })).reply.stale
    expect(await isStale()).toBe(false)
    const { id: storeId } = shop.store
    for (const seed of [
      { type: 'DATA_UPDATE', holdsKey: true, ownerId: 'root' },
      { type: 'RAG_SYNC' },
      { type: 'STORE_RECONNECTION', state: 'retrying' },
      { type: 'DATA_UPDATE', state: 'queued' },
    ]) {
      const end = await seedOperation(fresh.database, { ...seed, storeId })
      expect([seed, await isStale()]).toEqual([seed, true])
      await end()
      expect([seed, await isStale()]).toEqual([seed, false])
    }
    const planned = await seedOperation(fresh.database, { type: 'DATA_UPDATE', state: 'queued', runInMs: 60_000, storeId })
    const elsewhere = await seedOperation(fresh.database, { type: 'DATA_UPDATE', storeId: (await seedShop(fresh.database)).store.id })
    const another = await seedOperation(fresh.database, { type: 'WHATSAPP_SETUP', storeId })
    expect(await isStale()).toBe(false)
    await Promise.all([planned(), elsewhere(), another()])
    expect(await isStale(await seedShop(fresh.database, { ...CLOTHES, indexedRevision: 0 }))).toBe(true)
  })

  test('take so many messages a minute of one user', async () => {
    for (let count = 0; count < CHAT_LIMITS.perMinute; count += 1) await send('hola', 'eager')
    await expect(send('hola', 'eager')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect((await send('hola', 'calm')).reply.source).toBe('retrieval')
    const later = chatWorld(fresh.database, undefined, () => Date.now() + 61_000)
    expect((await later.chat.send({ store: shop.store, viewerId: 'eager', text: 'hola' })).reply.source).toBe('retrieval')
  })

  test('are forgotten after their retention, and gone with their store', async () => {
    const gone = await seedShop(fresh.database, CLOTHES)
    await fresh.database.run({ name: 'test_delete_store', text: 'delete from store where id = $1' }, [gone.store.id])
    await expect(send('remeras', 'ana', { of: gone })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await send('hola', 'old')
    expect(await chatWorld(fresh.database).chat.prune()).toEqual({ removed: 0, more: false })
    const later = chatWorld(fresh.database, undefined, () => Date.now() + (CHAT_LIMITS.retentionDays + 1) * 86_400_000)
    const { removed, more } = await later.chat.prune()
    expect([removed > 0, more]).toEqual([true, false])
    expect((await listed('old')).items).toEqual([])
  })
})
