import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUuid } from '../../../../src/base/ids.ts'
import { createAgents } from '../../../../src/domains/stores/chat/agents.ts'
import type { AnyRun } from '../../../../src/domains/stores/search/search-index.ts'
import type { StepRun } from '../../../../src/engine/run.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../../setup/databases.ts'
import { CLOTHES, seedProduct, seedShop } from './shop-kit.ts'

describe.each(databaseKinds)('agents on %s', (kind) => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.drop())

  const commits: unknown[] = []
  const step = {
    commit: async (position: unknown, work: never) => {
      commits.push(position)
      return fresh.database.transaction(work)
    },
    message: () => {},
  } as unknown as StepRun
  const configure = (storeId: string) => createAgents({ database: fresh.database }).configure({} as AnyRun, step, storeId)
  const agentOf = async (storeId: string) => (await createAgents({ database: fresh.database }).byStoreIds([storeId]))[0]

  test('are derived from what a shop sells: topics by size, languages, prices', async () => {
    const { store } = await seedShop(fresh.database, CLOTHES)
    commits.length = 0
    expect(await configure(store.id)).toEqual({ topics: ['Remeras', 'Abrigos'] })
    expect(commits).toHaveLength(1)
    expect(await agentOf(store.id)).toMatchObject({
      name: 'Asistente de Lanas del Sur',
      tone: 'friendly',
      topics: ['Remeras', 'Abrigos'],
      languages: ['es', 'en'],
      greeting: null,
      chosen: { name: null, tone: null, topics: null, languages: null, greeting: null },
      productCount: 3,
      categoryCount: 2,
      priceFrom: '9000.00',
      priceTo: '48000.00',
    })
  })

  test('name topics in the language of the shop, cut, and the largest ones only', async () => {
    const products = Array.from({ length: 12 }, (_, index) => ({
      name: { en: `Thing ${index}` },
      categories: [{ es: `Rubro ${index % 10}`, en: `Kind ${String(index % 10).padStart(2, '0')}` }, { es: '  ' }, { pt: 'x'.repeat(100) }],
    }))
    const { store } = await seedShop(fresh.database, { language: 'en', name: 'Wool', products })
    const { topics } = await configure(store.id)
    expect(topics).toEqual(['x'.repeat(60), 'Kind 00', 'Kind 01', 'Kind 02', 'Kind 03', 'Kind 04', 'Kind 05', 'Kind 06'])
    expect(await agentOf(store.id)).toMatchObject({ name: 'Wool assistant', languages: ['en'], priceFrom: null, priceTo: null })
  })

  test('of an empty shop know nothing yet', async () => {
    const { store } = await seedShop(fresh.database, { language: null })
    expect(await configure(store.id)).toEqual({ topics: [] })
    expect(await agentOf(store.id)).toMatchObject({ topics: [], languages: ['es'], productCount: 0, categoryCount: 0 })
  })

  test('stay as their owner chose when they are configured again, which may be repeated', async () => {
    const { store } = await seedShop(fresh.database, CLOTHES)
    await configure(store.id)
    const before = await agentOf(store.id)
    await configure(store.id)
    expect({ ...(await agentOf(store.id)), configuredAt: before?.configuredAt }).toEqual(before)
    const agents = createAgents({ database: fresh.database })
    const chosen = await agents.choose(store.id, { name: ' Sofi ', tone: 'formal', topics: ['Lanas'], greeting: '¡Hola!' })
    expect(chosen).toMatchObject({ name: 'Sofi', tone: 'formal', topics: ['Lanas'], languages: ['es', 'en'], greeting: '¡Hola!' })
    await seedProduct(fresh.database, store.id, { name: { es: 'Gorro' }, categories: [{ es: 'Gorros' }] })
    await configure(store.id)
    expect(await agentOf(store.id)).toMatchObject({
      name: 'Sofi',
      tone: 'formal',
      topics: ['Lanas'],
      productCount: 4,
      chosen: { name: 'Sofi', languages: null },
    })
    expect(await agents.choose(store.id, { name: null, topics: null })).toMatchObject({
      name: 'Asistente de Lanas del Sur',
      topics: ['Remeras', 'Abrigos', 'Gorros'],
      tone: 'formal',
    })
  })

  test('may be chosen before the first connection has come that far', async () => {
    const { store } = await seedShop(fresh.database)
    expect(await createAgents({ database: fresh.database }).choose(store.id, { languages: ['pt'] })).toMatchObject({ languages: ['pt'], productCount: 0 })
  })

  test('of a store that is gone fail their step', async () => {
    await expect(configure(newUuid())).rejects.toMatchObject({ code: 'STORE_GONE' })
    expect(await createAgents({ database: fresh.database }).choose(newUuid(), { tone: 'brief' })).toBeUndefined()
  })
})

describe('choices', () => {
  const agents = createAgents({ database: {} as never })
  test.each([
    [{ name: ' ' }, 'input.name'],
    [{ name: 'a\nb' }, 'input.name'],
    [{ name: 'x'.repeat(61) }, 'input.name'],
    [{ greeting: '\u0000' }, 'input.greeting'],
    [{ topics: ['a', 'a'] }, 'input.topics'],
    [{ topics: Array.from({ length: 13 }, (_, index) => `${index}`) }, 'input.topics'],
    [{ topics: ['ok', '\ud800'] }, 'input.topics.1'],
    [{ languages: [] }, 'input.languages'],
    [{ languages: ['ES'] }, 'input.languages.0'],
  ])('%j is refused', async (change, path) => {
    await expect(agents.choose('any', change)).rejects.toMatchObject({ issues: [{ path }] })
  })
})
