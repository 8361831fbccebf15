import { vector } from '@electric-sql/pglite-pgvector'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEmbeddings } from '../../../../src/domains/stores/search/embeddings.ts'
import { Telemetry } from '../../../../src/telemetry/facts.ts'
import { databaseKinds, freshPglite } from '../../../setup/databases.ts'
import { PLANTED } from '../../../setup/planted-secrets.ts'
import { type EmbeddingServer, embeddingServer } from './embedding-server.ts'
import { type SearchWorld, searchWorld } from './search-world.ts'

let server: EmbeddingServer
let world: SearchWorld | undefined
let failures: unknown[]
beforeEach(async () => {
  server = await embeddingServer()
  failures = []
})
afterEach(async () => {
  await world?.close()
  world = undefined
  await server.close()
})

function embeddings(url = server.url) {
  const telemetry = new Telemetry()
  telemetry.listen((name, fact) => {
    if (name === 'search.embedding_failed') failures.push(fact)
  })
  return createEmbeddings({ url, apiKey: PLANTED.embeddingsKey, model: 'ideas', dimensions: undefined, telemetry })
}

const PRODUCTS = [
  { name: { es: 'Linterna frontal' } },
  { name: { es: 'Carpa' }, description: { es: 'Para acampar.' } },
  { name: { es: 'Taza' } },
  { name: { es: 'Zapatillas' } },
  { name: { es: 'Florero' } },
]

describe('the search with embeddings, where there is pgvector', () => {
  const vectorWorld = async () => {
    world = await searchWorld({ kind: 'pglite', fresh: await freshPglite({ extensions: { vector } }), embeddings: embeddings() })
    return world
  }

  test('finds by meaning what shares no word with the question, in any language', async () => {
    const { addStore, addProducts, rebuild, names, search } = await vectorWorld()
    const storeId = await addStore()
    await addProducts(storeId, PRODUCTS)
    await rebuild(storeId)
    expect(await names(storeId, 'I want to see in the dark')).toEqual(['Linterna frontal'])
    expect(await names(storeId, 'something for my feet')).toEqual(['Zapatillas'])
    // Both ways lead there, so it is ahead of what one way leads to.
    const hits = await search.find({ storeId, text: 'carpa para la noche', limit: 5 })
    expect(hits[0]?.highlight).toContain('«Carpa»')
    expect(hits.every(({ score }) => score > 0 && score <= 1)).toBe(true)
    expect(await names(storeId, 'florero')).toEqual(['Florero'])
    expect(failures).toEqual([])
  })

  test('asks for a hundred texts at most at a time, with the key, and again only for what changed', async () => {
    const { addStore, addProducts, rebuild, sql } = await vectorWorld()
    const storeId = await addStore()
    const ids = await addProducts(
      storeId,
      Array.from({ length: 230 }, (_, index) => ({ name: { es: `Taza ${index}` } })),
    )
    await rebuild(storeId)
    expect(server.requests.map(({ texts }) => texts.length)).toEqual([100, 100, 30])
    expect(server.requests[0]).toMatchObject({ authorization: `Bearer ${PLANTED.embeddingsKey}`, model: 'ideas' })
    await sql(`update product set name = '{"es": "Carpa"}', document_hash = sha256('other') where id = $1`, [ids[7]])
    await rebuild(storeId)
    expect(server.requests.slice(3).map(({ texts }) => texts)).toEqual([[expect.stringContaining('Carpa')]])
    expect(await sql('select generation, count(*) as count from search_vector group by 1')).toEqual([{ generation: 2, count: 230 }])
  })

  test('tries a build again when the provider fails, and never tells its key', async () => {
    const { addStore, addProducts, rebuild, names, engine } = await vectorWorld()
    const storeId = await addStore()
    await addProducts(storeId, PRODUCTS)
    server.fail({ status: 503, times: 1 })
    const operation = await rebuild(storeId)
    expect(operation.attempt).toBe(2)
    const { events } = await engine.events(operation.id, 0, 100)
    expect(JSON.stringify(events)).toContain('their provider answered 503')
    expect(JSON.stringify(events)).not.toContain(PLANTED.embeddingsKey)
    expect(await names(storeId, 'my feet')).toEqual(['Zapatillas'])
  })

  test.each([
    ['refuses', { status: 401, times: 1 }],
    ['answers nonsense', { body: '<html>', times: 1 }],
    ['answers too little', { body: '{"data": []}', times: 1 }],
    ['answers no numbers', { body: '{"data": [{"index": 0, "embedding": ["x"]}]}', times: 1 }],
  ])('answers by words when the provider %s at a question', async (_, failure) => {
    const { addStore, addProducts, rebuild, names } = await vectorWorld()
    const storeId = await addStore()
    await addProducts(storeId, PRODUCTS)
    await rebuild(storeId)
    server.fail(failure)
    expect(await names(storeId, 'zapatillas en la noche')).toEqual(['Zapatillas'])
    expect(failures).toHaveLength(1)
    expect(await names(storeId, 'zapatillas en la noche')).toEqual(['Zapatillas', 'Linterna frontal'])
  })

  test('hides what was removed, and other stores', async () => {
    const { addStore, addProducts, rebuild, names, sql } = await vectorWorld()
    const [storeId, other] = [await addStore(), await addStore()]
    const [lamp] = await addProducts(storeId, PRODUCTS)
    await addProducts(other, [{ name: { es: 'Torch' } }])
    await rebuild(storeId)
    await rebuild(other)
    expect(await names(other, 'dark')).toEqual(['Torch'])
    await sql('update product set removed_at = now() where id = $1', [lamp])
    expect(await names(storeId, 'dark')).toEqual([])
  })
})

describe.each(databaseKinds)('the search with embeddings on %s without pgvector', (kind) => {
  test('goes by words, and asks the provider nothing', async () => {
    world = await searchWorld({ kind, embeddings: embeddings() })
    const storeId = await world.addStore()
    await world.addProducts(storeId, PRODUCTS)
    await world.rebuild(storeId)
    expect(await world.names(storeId, 'zapatillas')).toEqual(['Zapatillas'])
    expect(await world.names(storeId, 'my feet')).toEqual([])
    expect(server.requests).toEqual([])
  })
})
