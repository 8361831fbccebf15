import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds } from '../../../setup/databases.ts'
import { type SearchWorld, searchWorld } from './search-world.ts'

const PRODUCTS = [
  { name: { es: 'Pantalón de lino', en: 'Linen trousers' }, description: { es: 'Fresco para el verano; lavar con agua fría.' }, brand: 'Ñandú', price: 80 },
  { name: { es: 'Pantalon corto' }, brand: 'Nandu', price: 30 },
  { name: { es: 'Habitación de muñecas' }, price: 200 },
  { name: { es: 'Botella térmica 500ml' }, options: [{ es: 'Rojo' }, { es: 'S' }], sku: 'BT-500-R' },
  { name: { es: 'Camiseta «oficial» <b>Río</b>' }, description: { es: `${'Tela suave. '.repeat(60)}Con cuello redondo. ${'Cómoda. '.repeat(60)}` } },
  { name: { pt: 'Calção de banho', es: '' }, categories: [{ pt: 'Praia' }] },
  { name: { es: 'Lápiz negro' } },
]

const HOSTILE = [
  '',
  '   ',
  '& | ! ( ) : * \' "',
  "'; drop table product; --",
  "pantalon' | 'x':* & !(y <-> z)",
  '\\',
  "\\'",
  '\u0000pantalon\u0000',
  '😀🎉',
  '\ud800 half a pair',
  'x'.repeat(10_000),
  'palabra '.repeat(2_000),
  'a1b2c3d4e5'.repeat(40),
  '%_$1 $2 ${',
  '日本語 مرحبا Привет',
]

describe.each(databaseKinds)('finding on %s', (kind) => {
  let world: SearchWorld
  let storeId: string
  let orders: string[]

  beforeAll(async () => {
    world = await searchWorld({ kind })
    storeId = await world.addStore()
    await world.addProducts(storeId, PRODUCTS)
    orders = await world.addOrders(storeId, [
      { number: '1001', contactName: 'Juan Pérez', contactEmail: 'juan@example.com', lines: [{ name: 'Pantalón de lino' }], at: '2026-01-01' },
      { number: '1002', contactName: 'Asunción Gómez', contactEmail: 'asun@example.com', lines: [{ name: 'Botella térmica 500ml' }], at: '2026-01-02' },
      { number: '1003', contactName: 'Juan Pérez', contactEmail: 'juan@example.com', lines: [{ name: 'Botella térmica 500ml' }], at: '2026-01-03' },
    ])
    await world.rebuild(storeId)
  })
  afterAll(() => world.close())

  test.each([
    ['pantalones de lino', 'Pantalón de lino'],
    ['PANTALÓN LINO', 'Pantalón de lino'],
    ['ñandu lino', 'Pantalón de lino'],
    ['habitaciones', 'Habitación de muñecas'],
    ['muneca', 'Habitación de muñecas'],
    ['lapices', 'Lápiz negro'],
    ['botellas 500 ml', 'Botella térmica 500ml'],
    ['bt-500-r', 'Botella térmica 500ml'],
    ['botella talle s', 'Botella térmica 500ml'],
    ['votela termica', 'Botella térmica 500ml'],
    ['calcao', 'Calção de banho'],
    ['praia', 'Calção de banho'],
    ['trousers', 'Pantalón de lino'],
  ])('answers %j with %j', async (text, expected) => {
    expect((await world.names(storeId, text))[0]).toBe(expected)
  })

  test('prefers what costs as much as was asked for', async () => {
    expect((await world.search.find({ storeId, text: 'un pantalón por menos de 50', limit: 5 }))[0]?.highlight).toContain('corto')
    expect((await world.search.find({ storeId, text: 'pantalón de más de $ 50', limit: 5 }))[0]?.highlight).toContain('lino')
  })

  test('scores from 0 to 1, best first, and says in which language', async () => {
    const hits = await world.search.find({ storeId, text: 'linen trousers', limit: 5 })
    expect(hits[0]).toMatchObject({ language: 'en', highlight: '«Linen» «trousers» — Fresco para el verano; lavar con agua fría.' })
    expect(hits.every(({ score }) => score > 0 && score <= 1)).toBe(true)
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).toSorted((left, right) => right - left))
  })

  test('shows the passage that was found, with no marks but its own', async () => {
    const [hit] = await world.search.find({ storeId, text: 'camisetas con cuello redondo', limit: 5 })
    expect(hit?.highlight).toMatch(/^«Camiseta» "oficial" <b>Río<\/b> — … /)
    expect(hit?.highlight).toContain('«cuello» «redondo»')
    expect(hit?.highlight.length).toBeLessThan(350)
  })

  test.each(HOSTILE)('survives %j', async (text) => {
    expect((await world.search.find({ storeId, text, limit: 5 })).length).toBeLessThanOrEqual(5)
    expect((await world.search.findOrders({ storeId, text, limit: 5 })).length).toBeLessThanOrEqual(5)
    expect(await world.sql('select count(*) as count from product')).toEqual([{ count: PRODUCTS.length }])
  })

  test('keeps to the limit, whatever it is', async () => {
    const count = async (limit: number) => (await world.search.find({ storeId, text: 'pantalones', limit })).length
    expect(await Promise.all([0, -1, 1, 1.5, 1_000_000, Number.NaN].map(count))).toEqual([0, 0, 1, 1, 2, 0])
  })

  test('finds nothing in a store without an index, or in none', async () => {
    const empty = await world.addStore()
    expect(await world.search.find({ storeId: empty, text: 'pantalones', limit: 5 })).toEqual([])
    expect(await world.search.find({ storeId: '00000000-0000-7000-8000-000000000000', text: 'pantalones', limit: 5 })).toEqual([])
    expect(await world.search.findOrders({ storeId: empty, text: '1001', limit: 5 })).toEqual([])
  })

  test.each([
    ['¿dónde está mi pedido 1001?', [0]],
    ['pedido #1002 de juan', [1]],
    ['orders of juan perez', [2, 0]],
    ['juan@example.com', [2, 0]],
    ['asuncion', [1]],
    ['botellas', [2, 1]],
    ['nobody@nowhere', []],
  ])('finds the orders of %j, newest first', async (text, expected) => {
    expect(await world.search.findOrders({ storeId, text, limit: 10 })).toEqual(expected.map((index) => orders[index]))
  })
})
