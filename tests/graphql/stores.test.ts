import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { systemClock } from '../../src/base/clock.ts'
import { newUuid, toTypeId, uuidOf } from '../../src/base/ids.ts'
import { databaseKinds } from '../setup/databases.ts'
import { ADMIN, ANA, type Answer, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, viewer } from './api-world.ts'
import { type PlantedParts, type PlantedStore, plantedParts, plantStore } from './planted-stores.ts'

/** Stores through the API; nothing is claimed here, so what is started stays. */
const TOKEN = 'tok-3f9a-very-secret'
const TOMORROW = new Date(systemClock.now() + 86_400_000).toISOString()
const START =
  '__typename ... on OperationPayload { replayed operation { id title owner { id } ... on DataUpdateOperation { reason store { id } } ... on StoreConnectionOperation { name platform storeId store { id name platform status } } ... on StoreReconnectionOperation { storeId store { id } } } } ... on InvalidInputError { issues { path message } } ... on AlreadyRunningError { active: operation { id } } ... on Error { code }'

const resultOf = ({ data, errors }: Answer): Loose => {
  expect(errors).toBeUndefined()
  return data?.['result'] as Loose
}
const list = (value: unknown): Loose[] => value as Loose[]
const nodes = (connection: Loose | undefined): Loose[] => list(connection?.['edges']).map((edge) => edge['node'] as Loose)

describe.each(databaseKinds)('on %s', (kind) => {
  let world: ApiWorld
  let parts: PlantedParts
  let store: PlantedStore

  beforeAll(async () => {
    parts = plantedParts(() => world.database)
    world = await apiWorld({ kind, works: false, storeParts: parts })
    store = await plantStore(world.database, { ownerId: 'ana', products: 5 })
  })
  afterAll(async () => {
    expect(world.hidden).toEqual([])
    await world.close()
  })

  const start = async (who: Viewer, name: string, input: object): Promise<Loose> => {
    const type = `Start${name}Input`
    return resultOf(await world.ask(who, `mutation ($input: ${type}!) { result: start${name}(input: $input) { ${START} } }`, { input }))
  }
  const end = (id: unknown) =>
    world.engine
      .control({ id: uuidOf('operation', text(id)) as string, action: 'cancel', actor: ANA.actor })
      .then((outcome) => expect(outcome.kind).toBe('done'))

  test('a store shows its catalogue with exact prices, in the language asked for', async () => {
    const { data, errors } = await world.ask(
      ANA,
      `query ($id: ID!) { store(id: $id) { id name platform status language currency publicUrl baseUrl owner { kind id } productCount lastSyncedAt createdAt activeOperation { id }
        products(first: 2) { edges { cursor node { id name english: name(language: "en") other: name(language: "pt") description categories(language: "en") tags price currency stock published removed handle
          store { id } variants { sku options english: options(language: "en") price } } } pageInfo { hasNextPage hasPreviousPage } }
        orders { edges { node { id number total currency contactEmail createdAt lines { name quantity price } } } }
        customers { edges { node { id name email totalSpent } } } } }`,
      { id: store.id },
    )
    expect(errors).toBeUndefined()
    const shown = data?.['store'] as Loose
    expect(shown).toMatchObject({
      id: store.id,
      name: 'Bonsai',
      platform: 'TIENDANUBE',
      status: 'CONNECTED',
      language: 'es',
      currency: 'ARS',
      owner: { id: 'ana' },
    })
    expect(nodes(shown['products'])[0]).toEqual({
      id: store.products[4],
      name: 'Remera 5',
      english: 'T-shirt 5',
      other: 'Remera 5',
      description: 'De algodón',
      categories: ['Clothes'],
      tags: ['verano'],
      price: '1234.50',
      currency: 'ARS',
      stock: 3,
      published: true,
      removed: false,
      handle: 'remera',
      store: { id: store.id },
      variants: [{ sku: 'R-M', options: ['Rojo', 'M'], english: ['Red', 'M'], price: '1234.50' }],
    })
    expect(shown['products']?.['pageInfo']).toEqual({ hasNextPage: true, hasPreviousPage: false })
    expect(nodes(shown['orders'])).toMatchObject([
      { id: store.order, number: '1001', total: '2469.00', lines: [{ name: 'Remera', quantity: 2, price: '1234.50' }] },
    ])
    expect(nodes(shown['customers'])).toMatchObject([{ id: store.customer, name: 'Clara', totalSpent: '2469.00' }])
  })

  test('pages of products go on where they stopped, both ways, and search part of a name', async () => {
    const page = async (args: string) => {
      const { data } = await world.ask(
        ANA,
        `query ($id: ID!) { store(id: $id) { products(${args}) { edges { cursor node { id } } pageInfo { endCursor startCursor } } } }`,
        { id: store.id },
      )
      const products = data?.['store']?.['products'] as Loose
      return {
        ids: nodes(products).map(({ id }) => text(id)),
        ...(products['pageInfo'] as unknown as { readonly endCursor: string; readonly startCursor: string }),
      }
    }
    const newest = store.products.toReversed()
    const first = await page('first: 2')
    expect(first.ids).toEqual(newest.slice(0, 2))
    expect((await page(`first: 10, after: "${first.endCursor}"`)).ids).toEqual(newest.slice(2))
    const last = await page('last: 2')
    expect(last.ids).toEqual(newest.slice(3))
    expect((await page(`last: 2, before: "${last.startCursor}"`)).ids).toEqual(newest.slice(1, 3))
    expect((await page('text: "shirt 3"')).ids).toEqual([store.products[2]])
    expect((await page('published: false')).ids).toEqual([])
  })

  test('lists show own stores, or all to services and administrators; cursors walk them', async () => {
    const eve = viewer('eve')
    const own = [
      await plantStore(world.database, { ownerId: 'eve' }),
      await plantStore(world.database, { ownerId: 'eve' }),
      await plantStore(world.database, { ownerId: 'eve' }),
    ]
    const names = own.map(({ id }) => id).toReversed()
    const ask = async (who: Viewer, args = '') =>
      nodes((await world.ask(who, `{ stores${args} { edges { node { id } } } }`)).data?.['stores']).map(({ id }) => text(id))
    expect(await ask(eve)).toEqual(names)
    expect(await ask(eve, '(last: 1)')).toEqual([names[2]])
    expect(await ask(eve, `(first: 1, after: "${names[0]}")`)).toEqual([names[1]])
    expect(await ask(eve, `(last: 1, before: "${names[2]}")`)).toEqual([names[1]])
    expect(await ask(eve, '(ownerId: "ana")')).toEqual([])
    for (const who of [ADMIN, SYNC]) {
      expect(await ask(who, '(ownerId: "eve")')).toEqual(names)
      expect(await ask(who)).toEqual(expect.arrayContaining([...names, store.id]))
      expect(await ask(who, '(first: 1)')).toHaveLength(1)
    }
  })

  test('a connection takes a token that no answer, row or event shows', async () => {
    const input = { name: ' Libros ', platform: 'TIENDANUBE', baseUrl: 'https://api.example.com/v1/7/', accessToken: ` ${TOKEN}\n`, idempotencyKey: 'connect' }
    const answer = await start(ANA, 'StoreConnection', input)
    expect(answer).toMatchObject({
      __typename: 'OperationPayload',
      replayed: false,
      operation: { name: 'Libros', platform: 'TIENDANUBE', title: 'Connection of Libros', store: { name: 'Libros', status: 'DISCONNECTED' } },
    })
    expect(parts.offers.at(-1)).toMatchObject({ ownerId: 'ana', baseUrl: 'https://api.example.com/v1/7', accessToken: TOKEN })
    const again = await start(ANA, 'StoreConnection', input)
    expect(again).toMatchObject({ replayed: true, operation: { id: answer['operation']?.['id'] } })
    const second = await start(ANA, 'StoreConnection', { ...input, idempotencyKey: 'other' })
    expect(second).toMatchObject({ code: 'ALREADY_RUNNING', active: { id: answer['operation']?.['id'] } })
    const rows = []
    for (const table of ['operation', 'event', 'notification', 'outbox', 'store', 'store_credential'])
      rows.push(...(await world.database.run({ name: `dump_${table}`, text: `select to_jsonb(t)::text as row from ${table} t` }, [])))
    const shown = await world.ask(
      ANA,
      '{ operations { edges { node { __typename title ... on StoreConnectionOperation { name storeId } events { edges { node { data } } } } } } stores { edges { node { name baseUrl } } } operationDefinitions { inputSchema } }',
    )
    expect(rows.length).toBeGreaterThan(5)
    expect(JSON.stringify([rows, answer, again, second, shown])).not.toContain(TOKEN)
    await end(answer['operation']?.['id'])
  })

  test('a bad request does not repeat its token', async () => {
    const bad = [
      { platform: 'SANDBOX', accessToken: TOKEN },
      { name: 'x', platform: 'NOWHERE', accessToken: TOKEN },
      { name: 'x', platform: 'TIENDANUBE', baseUrl: 'nowhere', accessToken: TOKEN },
      { name: 'x', platform: 'TIENDANUBE', unknown: 1, accessToken: `${TOKEN}; Field "a" at "b` },
      [{ accessToken: TOKEN }],
    ]
    for (const input of bad) {
      const { codes, errors } = await world.ask(ANA, `mutation ($input: StartStoreConnectionInput!) { startStoreConnection(input: $input) { __typename } }`, {
        input,
      })
      expect(codes).toContain('INVALID_INPUT')
      expect(JSON.stringify(errors)).not.toContain(TOKEN)
    }
  })

  const https = 'https://api.example.com/1'
  test.each([
    [{ name: '' }, 'input.name'],
    [{ name: '   ' }, 'input.name'],
    [{ name: 'x'.repeat(101) }, 'input.name'],
    [{ name: 'a\u0000' }, 'input.name'],
    [{ baseUrl: null }, 'input.baseUrl'],
    [{ baseUrl: 'ftp://example.com/' }, 'input.baseUrl'],
    [{ baseUrl: 'https://user:pass@example.com/' }, 'input.baseUrl'],
    [{ baseUrl: 'https://example.com/?a=b' }, 'input.baseUrl'],
    [{ baseUrl: 'https://example.com/#a' }, 'input.baseUrl'],
    [{ baseUrl: `https://example.com/${'x'.repeat(500)}` }, 'input.baseUrl'],
    [{ accessToken: null }, 'input.accessToken'],
    [{ accessToken: '' }, 'input.accessToken'],
    [{ accessToken: 'a b' }, 'input.accessToken'],
    [{ accessToken: `a\r\nb` }, 'input.accessToken'],
    [{ accessToken: 'x'.repeat(4_097) }, 'input.accessToken'],
    [{ platform: 'SANDBOX' }, 'input.baseUrl'],
    [{ idempotencyKey: '' }, 'input.idempotencyKey'],
    [{ ownerId: '' }, 'input.ownerId'],
  ])('a connection with %j is refused at %s, and nothing is offered', async (change, path) => {
    const before = parts.offers.length
    const refused = await start(ANA, 'StoreConnection', { name: 'x', platform: 'TIENDANUBE', baseUrl: https, accessToken: TOKEN, ...change })
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path }] })
    expect(JSON.stringify(refused)).not.toContain(TOKEN)
    expect(parts.offers).toHaveLength(before)
  })

  test('a user may not connect a shop for another; a service may', async () => {
    const input = { name: 'For Bob', platform: 'SANDBOX', ownerId: 'bob' }
    expect(await start(ANA, 'StoreConnection', input)).toMatchObject({ code: 'FORBIDDEN' })
    const started = await start(SYNC, 'StoreConnection', input)
    expect(started).toMatchObject({ operation: { owner: { id: 'bob' }, store: { name: 'For Bob', platform: 'SANDBOX' } } })
    expect(parts.offers.at(-1)).toMatchObject({ ownerId: 'bob' })
    await end(started['operation']?.['id'])
  })

  test('a refresh is about a store of its owner that was connected, and one at a time', async () => {
    const stranger = await plantStore(world.database, { ownerId: 'bob' })
    const never = await plantStore(world.database, { ownerId: 'ana', connected: false, name: 'Never' })
    const missing = toTypeId('store', newUuid())
    for (const name of ['DataUpdate', 'RagSync', 'StoreReconnection', 'WhatsappSetup']) {
      const phone = name === 'WhatsappSetup' ? { phone: '+5491123456789' } : {}
      for (const storeId of [stranger.id, missing]) expect(await start(ANA, name, { storeId, ...phone })).toMatchObject({ code: 'NOT_FOUND' })
      for (const storeId of [store.products[0], 'x', ''])
        expect(await start(ANA, name, { storeId, ...phone })).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'input.storeId' }] })
      expect(await start(ANA, name, { storeId: never.id, ...phone })).toMatchObject({
        issues: [{ path: 'input.storeId', message: expect.stringContaining('connect it first') }],
      })
      expect(await start(ADMIN, name, { storeId: stranger.id, ...phone })).toMatchObject({
        issues: [{ path: 'input.ownerId', message: expect.stringContaining('bob') }],
      })
    }
    const refresh = { storeId: store.id, reason: 'because', idempotencyKey: 'r1' }
    const first = await start(ANA, 'DataUpdate', refresh)
    expect(first).toMatchObject({ operation: { reason: 'because', store: { id: store.id } } })
    expect(await start(ANA, 'DataUpdate', refresh)).toMatchObject({ replayed: true, operation: { id: first['operation']?.['id'] } })
    const busy = { code: 'ALREADY_RUNNING', active: { id: first['operation']?.['id'] } }
    expect(await start(ANA, 'DataUpdate', { storeId: store.id })).toMatchObject(busy)
    expect(await start(SYNC, 'DataUpdate', { storeId: store.id, ownerId: 'ana' })).toMatchObject({ code: 'ALREADY_RUNNING' })
    await end(first['operation']?.['id'])
    const other = await start(SYNC, 'DataUpdate', { storeId: store.id, ownerId: 'ana' })
    expect(other).toMatchObject({ operation: { owner: { id: 'ana' } } })
    await end(other['operation']?.['id'])
  })

  test('the generic start takes ids of the API, and a token as the typed one does', async () => {
    const any = async (type: string, input: object, options: object = {}) =>
      resultOf(
        await world.ask(ANA, `mutation ($input: StartOperationInput!) { result: startOperation(input: $input) { ${START} } }`, {
          input: { type, input, ...options },
        }),
      )
    const update = await any('DATA_UPDATE', { storeId: store.id })
    expect(update).toMatchObject({ operation: { reason: 'manual_refresh', store: { id: store.id } } })
    await end(update['operation']?.['id'])
    expect(await any('STORE_CONNECTION', {})).toMatchObject({ issues: [{ path: 'input.type', message: expect.stringContaining('startStoreConnection') }] })
    expect(await any('STORE_RECONNECTION', { storeId: store.id, credentialId: newUuid() })).toMatchObject({ issues: [{ path: 'input.input.credentialId' }] })
    expect(await any('STORE_RECONNECTION', { storeId: store.id, accessToken: 'a b' })).toMatchObject({ issues: [{ path: 'input.input.accessToken' }] })
    const again = await any('STORE_RECONNECTION', { storeId: store.id, accessToken: TOKEN })
    expect(again).toMatchObject({ operation: { store: { id: store.id } } })
    const [row] = await world.database.run<{ input: Loose }>({ name: 'input_of', text: 'select input from operation where id = $1' }, [
      uuidOf('operation', text(again['operation']?.['id'])),
    ])
    expect(Object.keys(row?.input ?? {}).toSorted()).toEqual(['credentialId', 'storeId'])
    await end(again['operation']?.['id'])
  })

  test('the active operation is what runs, then what waits, never what is planned for later', async () => {
    const own = await plantStore(world.database, { ownerId: 'ana' })
    const active = async () => (await world.ask(ANA, `{ store(id: "${own.id}") { activeOperation { id } } }`)).data?.['store']?.['activeOperation']?.['id']
    expect(await active()).toBeUndefined()
    await start(ANA, 'RagSync', { storeId: own.id, runAt: TOMORROW })
    const message = await start(ANA, 'WhatsappSetup', { storeId: own.id, phone: '+5491123456789' })
    expect(await active()).toBe(message['operation']?.['id'])
    const waiting = await start(ANA, 'DataUpdate', { storeId: own.id })
    expect(await active()).toBe(waiting['operation']?.['id'])
    const running = await start(ANA, 'StoreReconnection', { storeId: own.id })
    const uuid = uuidOf('operation', text(running['operation']?.['id']))
    await world.database.run({ name: 'make_running', text: "update operation set state = 'running', claim_at = null where id = $1" }, [uuid])
    expect(await active()).toBe(running['operation']?.['id'])
  })

  test('one mutation refreshes all connected stores of a user', async () => {
    const carl = viewer('carl')
    const stores = [await plantStore(world.database, { ownerId: 'carl', name: 'A' }), await plantStore(world.database, { ownerId: 'carl', name: 'B' })]
    await plantStore(world.database, { ownerId: 'carl', connected: false })
    const busy = await start(carl, 'DataUpdate', { storeId: stores[0]?.id })
    const refresh = async (who: Viewer, input: object) =>
      resultOf(
        await world.ask(
          who,
          'mutation ($input: RefreshStoresInput!) { result: refreshStores(input: $input) { __typename ... on RefreshStoresPayload { operations { id owner { id } ... on DataUpdateOperation { reason store { name } } } alreadyRunning { id } notStarted { id } } ... on InvalidInputError { issues { path } } ... on Error { code } } }',
          { input },
        ),
      )
    const first = await refresh(carl, { idempotencyKey: 'all' })
    expect(first).toMatchObject({
      operations: [{ reason: 'manual_refresh', store: { name: 'B' } }],
      alreadyRunning: [{ id: busy['operation']?.['id'] }],
      notStarted: [],
    })
    expect(await refresh(carl, { idempotencyKey: 'all' })).toEqual(first)
    expect(await refresh(carl, {})).toMatchObject({ operations: [], alreadyRunning: [{}, {}] })
    expect(await refresh(SYNC, { ownerId: 'carl' })).toMatchObject({ operations: [], alreadyRunning: [] })
    expect(await refresh(ADMIN, { ownerId: 'carl' })).toMatchObject({ alreadyRunning: [{}, {}] })
    expect(await refresh(BOB, { ownerId: 'carl' })).toMatchObject({ code: 'FORBIDDEN' })
    for (const [change, path] of [
      [{ reason: '' }, 'input.reason'],
      [{ reason: 'x'.repeat(201) }, 'input.reason'],
      [{ idempotencyKey: 'x'.repeat(201) }, 'input.idempotencyKey'],
    ] as const)
      expect(await refresh(carl, change)).toMatchObject({ issues: [{ path }] })
  })

  test('an install link is made for whom the viewer may act for', async () => {
    const link = (who: Viewer, input: string) =>
      world.ask(
        who,
        `mutation { result: createStoreInstallLink(input: ${input}) { __typename ... on CreateStoreInstallLinkPayload { url expiresAt } ... on InvalidInputError { issues { path } } } }`,
      )
    expect(resultOf(await link(ANA, '{ platform: TIENDANUBE, name: "Mine" }'))).toEqual({
      __typename: 'CreateStoreInstallLinkPayload',
      url: 'https://shops.example.com/install?state=x',
      expiresAt: '2030-01-01T00:00:00.000Z',
    })
    expect(parts.links.at(-1)).toMatchObject({ ownerId: 'ana', platform: 'tiendanube', name: 'Mine', actor: { id: 'ana' } })
    expect(resultOf(await link(SYNC, '{ platform: TIENDANUBE, ownerId: "ana" }'))).toMatchObject({ url: expect.any(String) })
    expect(resultOf(await link(BOB, '{ platform: TIENDANUBE, ownerId: "ana" }'))).toMatchObject({ __typename: 'ForbiddenError' })
    expect(resultOf(await link(ANA, '{ platform: TIENDANUBE, name: "" }'))).toMatchObject({ issues: [{ path: 'input.name' }] })
  })

  test('search gives products in its order, leaves out what is gone, and checks what is asked', async () => {
    parts.hits = [1, 0, 2].map((index) => ({
      productId: uuidOf('product', store.products[index] as string) as string,
      score: 1 - index / 10,
      highlight: '«Remera»',
      language: 'es',
    }))
    await world.database.run({ name: 'remove', text: 'update product set removed_at = now() where id = $1' }, [parts.hits[1]?.productId])
    const search = (who: Viewer, args: string) =>
      world.ask(who, `{ result: searchStore(storeId: "${store.id}", ${args}) { score highlight language product { id } } }`)
    expect(resultOf(await search(ANA, 'query: "remera"'))).toEqual([
      { score: 0.9, highlight: '«Remera»', language: 'es', product: { id: store.products[1] } },
      { score: 0.8, highlight: '«Remera»', language: 'es', product: { id: store.products[2] } },
    ])
    expect(list(resultOf(await search(SYNC, 'query: "remera", first: 50')))).toHaveLength(2)
    for (const args of [
      'query: ""',
      'query: "  "',
      `query: "${'x'.repeat(501)}"`,
      'query: "x", first: 0',
      'query: "x", first: 51',
      'query: "x", first: -1',
      'query: "\\u0000"',
    ])
      expect((await search(ANA, args)).codes).toEqual(['INVALID_INPUT'])
    expect((await search(BOB, 'query: "remera"')).codes).toEqual(['NOT_FOUND'])
    expect((await world.ask(ANA, `{ searchStore(storeId: "${store.products[0]}", query: "x") { score } }`)).codes).toEqual(['NOT_FOUND'])
    // Chats cite what is gone.
    const gone = await world.ask(
      ANA,
      `{ node(id: "${store.products[0]}") { ... on Product { removed } } store(id: "${store.id}") { products { edges { node { id } } } } }`,
    )
    expect(gone.data?.['node']).toEqual({ removed: true })
    expect(nodes(gone.data?.['store']?.['products'])).toHaveLength(4)
  })

  test.each(['first: 101', 'first: -1', 'last: 101', 'first: 1, last: 1', 'after: "x"', 'before: "x"', `after: "${toTypeId('operation', newUuid())}"`])(
    'pages with %s are refused',
    async (args) => {
      expect((await world.ask(ANA, `{ stores(${args}) { edges { cursor } } }`)).codes).toEqual(['INVALID_INPUT'])
      for (const field of ['products', 'orders', 'customers'])
        expect((await world.ask(ANA, `{ store(id: "${store.id}") { ${field}(${args}) { edges { cursor } } } }`)).codes).toEqual(['INVALID_INPUT'])
    },
  )

  test('a store is renamed by its owner and administrators', async () => {
    const own = await plantStore(world.database, { ownerId: 'ana' })
    const rename = async (who: Viewer, name: string) =>
      resultOf(
        await world.ask(
          who,
          `mutation ($name: String!) { result: renameStore(input: { storeId: "${own.id}", name: $name }) { __typename ... on RenameStorePayload { store { name } } } }`,
          { name },
        ),
      )
    expect(await rename(ANA, 'Better')).toEqual({ __typename: 'RenameStorePayload', store: { name: 'Better' } })
    expect(await rename(ADMIN, 'Best')).toMatchObject({ store: { name: 'Best' } })
    expect(await rename(ANA, ' ')).toEqual({ __typename: 'InvalidInputError' })
    expect(await rename(SYNC, 'x')).toEqual({ __typename: 'ForbiddenError' })
    expect(await rename(BOB, 'x')).toEqual({ __typename: 'NotFoundError' })
  })

  test('disconnecting forgets the token, waits for what is under way, and takes the data along if asked', async () => {
    const own = await plantStore(world.database, { ownerId: 'ana' })
    const disconnect = async (deleteData: boolean) =>
      resultOf(
        await world.ask(
          ANA,
          `mutation { result: disconnectStore(input: { storeId: "${own.id}", deleteData: ${deleteData} }) { __typename ... on DisconnectStorePayload { storeId store { status productCount } } ... on AlreadyRunningError { operation { id } } } }`,
        ),
      )
    const left = async (table: string) =>
      (
        await world.database.run<{ count: number }>({ name: `left_${table}`, text: `select count(*)::int as count from ${table} where store_id = $1` }, [
          own.uuid,
        ])
      )[0]?.count
    const planned = await start(ANA, 'DataUpdate', { storeId: own.id, runAt: TOMORROW })
    const waiting = await start(ANA, 'DataUpdate', { storeId: own.id })
    expect(await disconnect(true)).toEqual({ __typename: 'AlreadyRunningError', operation: { id: waiting['operation']?.['id'] } })
    expect(await left('store_credential')).toBe(1)
    await end(waiting['operation']?.['id'])
    expect(await disconnect(false)).toEqual({ __typename: 'DisconnectStorePayload', storeId: own.id, store: { status: 'DISCONNECTED', productCount: 1 } })
    expect([await left('store_credential'), await left('product')]).toEqual([0, 1])
    const { data } = await world.ask(ANA, `{ operation(id: "${text(planned['operation']?.['id'])}") { state stateReason { message } } }`)
    expect(data?.['operation']).toMatchObject({ state: 'CANCELED' })
    expect(await start(ANA, 'DataUpdate', { storeId: own.id })).toMatchObject({ issues: [{ path: 'input.storeId' }] })
    expect(await disconnect(true)).toEqual({ __typename: 'DisconnectStorePayload', storeId: own.id, store: null })
    expect([await left('product'), await left('product_variant'), await left('shop_order'), await left('shop_customer')]).toEqual([0, 0, 0, 0])
    const old = await world.ask(ANA, `{ operation(id: "${text(waiting['operation']?.['id'])}") { ... on DataUpdateOperation { storeId store { id } } } }`)
    expect(old.data?.['operation']).toEqual({ storeId: own.id, store: null })
    expect(await disconnect(true)).toEqual({ __typename: 'NotFoundError' })
  })
})
