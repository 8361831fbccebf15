import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { toTypeId } from '../../src/base/ids.ts'
import type { SearchIndex } from '../../src/domains/stores/search/search-index.ts'
import { CLOTHES, fakeSearch, type Shop, seedShop } from '../domains/stores/chat/shop-kit.ts'
import { ADMIN, ANA, type Answer, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, viewer } from './api-world.ts'

const MESSAGE = 'id role text stale source createdAt products { id name } orders { id number }'
const SEND = `mutation ($input: SendChatMessageInput!) { result: sendChatMessage(input: $input) { __typename
  ... on ChatMessagePayload { staleData sent: message { ${MESSAGE} } reply { ${MESSAGE} } }
  ... on FeatureBlockedError { feature until } ... on InvalidInputError { issues { path } } ... on Error { code message } } }`
const LIST = `query ($storeId: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  result: chatMessages(storeId: $storeId, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { ${MESSAGE} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
const AGENT = 'name tone topics languages greeting chosen productCount categoryCount priceFrom priceTo configuredAt'
const UPDATE = `mutation ($input: UpdateAgentInput!) { result: updateAgent(input: $input) { __typename
  ... on AgentPayload { agent { ${AGENT} } } ... on InvalidInputError { issues { path } } ... on Error { code message } } }`
const OF_STORE = `query ($id: ID!) { result: node(id: $id) { ... on Store { agent { ${AGENT} } } } }`

let world: ApiWorld
const search = {
  find: (asked) => fakeSearch(world.database).find(asked),
  findOrders: (asked) => fakeSearch(world.database).findOrders(asked),
} as SearchIndex
let shop: Shop
let storeId: string
beforeAll(async () => {
  world = await apiWorld({ works: false, storeParts: { search } })
  shop = await seedShop(world.database, CLOTHES)
  storeId = toTypeId('store', shop.store.id)
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const resultOf = ({ data, errors }: Answer): Loose => {
  expect(errors).toBeUndefined()
  return data?.['result'] as Loose
}
const send = async (who: Viewer, words: string, more: object = {}) => resultOf(await world.ask(who, SEND, { input: { storeId, text: words, ...more } }))
const list = async (who: Viewer, more: object = {}) => resultOf(await world.ask(who, LIST, { storeId, ...more }))
const nodesOf = (page: Loose) => (page['edges'] as unknown as readonly Loose[]).map(({ node }) => node as Loose)
const agentOf = async (who: Viewer, id = storeId) => resultOf(await world.ask(who, OF_STORE, { id }))['agent']

describe('sendChatMessage', () => {
  test('answers from the store, with the products that it names', async () => {
    const sent = await send(ANA, '¿Tenés remeras?')
    expect(sent).toMatchObject({
      __typename: 'ChatMessagePayload',
      staleData: false,
      sent: { role: 'USER', text: '¿Tenés remeras?', source: null, products: [], stale: false },
      reply: { role: 'ASSISTANT', source: 'RETRIEVAL', products: [{ name: 'Remera lisa' }, { name: 'Remera rayada' }], orders: [] },
    })
    expect(text(sent['reply']?.['id'])).toMatch(/^message_/)
    const { data } = await world.ask(ANA, `query ($id: ID!) { node(id: $id) { id __typename } }`, { id: sent['reply']?.['id'] })
    expect(data?.['node']).toEqual({ id: sent['reply']?.['id'], __typename: 'ChatMessage' })
    expect((await world.ask(ADMIN, `query ($id: ID!) { node(id: $id) { id } }`, { id: sent['reply']?.['id'] })).data?.['node']).toBeNull()
  })

  test('leaves out products that are gone since', async () => {
    const gone = await seedShop(world.database, { products: [{ name: { es: 'Gorro rojo' } }, { name: { es: 'Gorro azul' } }] })
    const input = { storeId: toTypeId('store', gone.store.id), text: 'gorros' }
    const key = { ...input, idempotencyKey: 'gorros' }
    expect(resultOf(await world.ask(ANA, SEND, { input: key }))['reply']?.['products']).toHaveLength(2)
    await world.database.run({ name: 'test_remove_product', text: 'update product set removed_at = now() where id = $1' }, [gone.products[0]])
    expect(resultOf(await world.ask(ANA, SEND, { input: key }))['reply']?.['products']).toEqual([{ id: expect.any(String), name: 'Gorro azul' }])
  })

  test('tells orders to the owner of the store only', async () => {
    expect((await send(ANA, '¿Dónde está mi pedido 1042?'))['reply']).toMatchObject({ orders: [{ number: '1042' }] })
    for (const words of ['¿Dónde está mi pedido 1042?', 'Show me the orders of Ana López']) {
      const { reply } = await send(ADMIN, words)
      expect(reply).toMatchObject({ orders: [], products: [] })
      expect(text(reply?.['text'])).toMatch(/solamente al dueño|owner only/)
    }
    // Nor in fields, if a row cited some: ownership is asked when they are shown.
    await world.database.run({ name: 'test_cite', text: `update chat_message set order_ids = $1::uuid[] where user_id = 'root'` }, [[...shop.orders]])
    for (const message of nodesOf(await list(ADMIN))) expect(message['orders']).toEqual([])
  })

  test('is for the owner of the store and administrators', async () => {
    for (const who of [BOB, SYNC]) {
      expect(await send(who, 'remeras')).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
      expect((await world.ask(who, LIST, { storeId })).codes).toEqual(['NOT_FOUND'])
    }
    expect((await send(ADMIN, 'remeras'))['__typename']).toBe('ChatMessagePayload')
    expect(await send(ANA, 'remeras', { storeId: 'store_x' })).toMatchObject({ code: 'NOT_FOUND' })
    expect((await world.ask(null, SEND, { input: { storeId, text: 'x' } })).codes).toEqual(['UNAUTHENTICATED'])
  })

  test.each([
    [{ text: ' ' }, 'input.text'],
    [{ text: 'a\u0000' }, 'input.text'],
    [{ text: 'x'.repeat(2_001) }, 'input.text'],
    [{ idempotencyKey: '' }, 'input.idempotencyKey'],
    [{ idempotencyKey: '\u0000' }, 'input.idempotencyKey'],
  ])('refuses %j', async (more, path) => {
    expect(await send(ANA, 'remeras', more)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path }] })
  })

  test('happens once for a key, also twice at the same time', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => send(ANA, 'camperas', { idempotencyKey: 'k' })))
    expect(first).toMatchObject({ __typename: 'ChatMessagePayload' })
    expect(second).toEqual(first)
    expect(await send(ANA, 'otra cosa', { idempotencyKey: 'k' })).toMatchObject({ issues: [{ path: 'input.idempotencyKey' }] })
  })

  test('is refused while the chat is blocked for the viewer, and passes with a warning', async () => {
    const during = async (impact: object, work: () => Promise<void>) => {
      const opened = await world.ask(
        ADMIN,
        'mutation ($input: OpenExternalOperationInput!) { openExternalOperation(input: $input) { ... on OperationPayload { operation { id } } } }',
        { input: { title: 'Connecting', ownerId: 'ana', estimateSeconds: 60, impact } },
      )
      const id = opened.data?.['openExternalOperation']?.['operation']?.['id']
      await work()
      await world.ask(ADMIN, 'mutation ($id: ID!) { completeOperation(input: { id: $id }) { __typename } }', { id })
    }
    const before = nodesOf(await list(ANA)).length
    await during({ level: 'MAINTENANCE', blocks: ['CHAT'] }, async () => {
      expect(await send(ANA, 'remeras')).toMatchObject({ __typename: 'FeatureBlockedError', feature: 'CHAT', until: expect.stringMatching(/^20/) })
      expect((await send(ADMIN, 'remeras'))['__typename']).toBe('ChatMessagePayload')
      // Reading goes on.
      expect(nodesOf(await list(ANA))).toHaveLength(before)
    })
    await during({ level: 'DEGRADED', warns: ['CHAT'] }, async () => expect((await send(ANA, 'remeras'))['__typename']).toBe('ChatMessagePayload'))
  })

  test('says that data is stale while the index is older than the catalogue', async () => {
    const old = await seedShop(world.database, { ...CLOTHES, indexedRevision: 0 })
    expect(await send(ANA, 'remeras', { storeId: toTypeId('store', old.store.id) })).toMatchObject({ staleData: true, reply: { stale: true } })
    const young = await seedShop(world.database, { ...CLOTHES, indexedRevision: null })
    expect(await send(ANA, 'remeras', { storeId: toTypeId('store', young.store.id) })).toMatchObject({ staleData: true, reply: { products: [] } })
  })

  test('is limited to so many messages a minute', async () => {
    const eager = viewer('eager', 'ADMIN')
    for (let count = 0; count < 30; count += 1) await send(eager, 'hola')
    expect((await world.ask(eager, SEND, { input: { storeId, text: 'hola' } })).codes).toEqual(['RATE_LIMITED'])
  })
})

describe('chatMessages', () => {
  test('are pages of the own chat, oldest first', async () => {
    const me = viewer('me', 'ADMIN')
    for (const words of ['uno', 'dos', 'tres']) await send(me, words)
    const all = nodesOf(await list(me))
    expect(all.map(({ role }) => role)).toEqual(['USER', 'ASSISTANT', 'USER', 'ASSISTANT', 'USER', 'ASSISTANT'])
    const newest = await list(me, { last: 2 })
    expect(nodesOf(newest)).toEqual(all.slice(4))
    expect(newest['pageInfo']).toMatchObject({ hasPreviousPage: true, hasNextPage: false })
    const before = await list(me, { last: 3, before: newest['pageInfo']?.['startCursor'] })
    expect(nodesOf(before)).toEqual(all.slice(1, 4))
    const first = await list(me, { first: 4 })
    expect(nodesOf(await list(me, { first: 4, after: first['pageInfo']?.['endCursor'] }))).toEqual(all.slice(4))
    expect((await world.ask(me, LIST, { storeId, after: 'x' })).codes).toEqual(['INVALID_INPUT'])
    expect((await world.ask(me, LIST, { storeId, first: 101 })).codes).toEqual(['INVALID_INPUT'])
  })
})

describe('updateAgent', () => {
  test('changes what the owner chose, and null goes back', async () => {
    expect(await agentOf(ANA)).toBeNull()
    const chosen = resultOf(await world.ask(ANA, UPDATE, { input: { storeId, name: 'Sofi', tone: 'FORMAL', topics: ['Lanas'], greeting: '¡Hola!' } }))
    expect(chosen).toMatchObject({
      __typename: 'AgentPayload',
      agent: { name: 'Sofi', tone: 'FORMAL', topics: ['Lanas'], languages: ['es', 'en'], chosen: ['greeting', 'name', 'tone', 'topics'], productCount: 3 },
    })
    expect(await agentOf(ANA)).toEqual(chosen['agent'])
    expect((await send(ANA, 'hola'))['reply']).toMatchObject({ text: expect.stringMatching(/^¡Hola! Puedo decir/) })
    const back = resultOf(await world.ask(ADMIN, UPDATE, { input: { storeId, name: null, topics: null, greeting: null } }))
    expect(back['agent']).toMatchObject({ name: 'Asistente de Lanas del Sur', topics: ['Remeras', 'Abrigos'], tone: 'FORMAL', chosen: ['tone'] })
  })

  test('is for the owner and administrators, and checks what it is given', async () => {
    expect(resultOf(await world.ask(BOB, UPDATE, { input: { storeId, name: 'x' } }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(resultOf(await world.ask(SYNC, UPDATE, { input: { storeId, name: 'x' } }))).toMatchObject({ code: 'FORBIDDEN' })
    expect(resultOf(await world.ask(ANA, UPDATE, { input: { storeId, name: '\u0000', languages: ['xx', 'Y'] } }))).toMatchObject({
      issues: [{ path: 'input.name' }, { path: 'input.languages.1' }],
    })
  })
})
