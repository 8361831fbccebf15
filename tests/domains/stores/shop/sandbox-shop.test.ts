import { describe, expect, test } from 'vitest'
import { CATALOGUE_KINDS } from '../../../../src/domains/stores/records.ts'
import { answerShopRequest } from '../../../../src/domains/stores/shop/sandbox/rest-shop.ts'
import { makeShopData, type ShopData, sandboxData } from '../../../../src/domains/stores/shop/sandbox/shop-data.ts'

const ask = (data: ShopData, target: string) => {
  const { pathname, searchParams } = new URL(target, 'http://localhost')
  const answer = answerShopRequest(data, { path: pathname, query: searchParams, baseUrl: 'https://shop.example.com/v1/1' })
  return { ...answer, json: JSON.parse(answer.body) as unknown }
}
type Item = Readonly<Record<string, unknown>>
const itemsOf = (data: ShopData, target: string): readonly Item[] => ask(data, target).json as readonly Item[]

describe('the sandbox shop', () => {
  test('follows from its name, and differs from others', () => {
    const [one, again, other] = [sandboxData('One', 'one'), sandboxData('One', 'one'), sandboxData('Two', 'two')]
    for (const kind of CATALOGUE_KINDS) {
      const items = itemsOf(one, `/${kind}?per_page=200`)
      expect(itemsOf(again, `/${kind}?per_page=200`)).toEqual(items)
      expect(itemsOf(other, `/${kind}?per_page=200`)).not.toEqual(items)
    }
  })

  test('says that it is one', () => {
    expect(ask(sandboxData('One', 'one'), '/store').json).toMatchObject({ name: { es: 'One (sandbox)' }, original_domain: 'sandbox.invalid' })
    expect(ask(sandboxData('One (sandbox)', 'one'), '/store').json).toMatchObject({ name: { en: 'One (sandbox)' } })
  })

  test('has products with names of their own, in two languages, and orders of what it has', () => {
    const data = sandboxData('One', 'one')
    const products = itemsOf(data, '/products?per_page=200') as readonly { readonly id: number; readonly name: { readonly es: string; readonly en: string } }[]
    expect(new Set(products.map(({ name }) => name.es)).size).toBe(120)
    expect(new Set(products.map(({ name }) => name.en)).size).toBe(120)
    const known = new Set(products.map(({ id }) => id))
    const lines = (itemsOf(data, '/orders?per_page=200') as readonly { readonly products: readonly { readonly product_id: number }[] }[]).flatMap(
      (order) => order.products,
    )
    expect(lines.length).toBeGreaterThan(60)
    expect(lines.every(({ product_id: id }) => known.has(id))).toBe(true)
  })
})

describe('answerShopRequest', () => {
  const data = makeShopData({ name: 'x', seed: 1, products: 65, orders: 0, customers: 0 })

  test('gives pages of 30, with links to the others and the total', () => {
    const { headers, json } = ask(data, '/products?page=2&updated_at_min=2025-01-15T12:00:00%2B0000')
    expect(json).toHaveLength(30)
    expect(headers['x-total-count']).toBe('65')
    const query = 'updated_at_min=2025-01-15T12%3A00%3A00%2B0000'
    expect(headers['link']?.split(', ')).toEqual([
      `<https://shop.example.com/v1/1/products?page=3&${query}>; rel="next"`,
      `<https://shop.example.com/v1/1/products?page=3&${query}>; rel="last"`,
      `<https://shop.example.com/v1/1/products?page=1&${query}>; rel="first"`,
      `<https://shop.example.com/v1/1/products?page=1&${query}>; rel="prev"`,
    ])
  })

  test.each([
    ['/products?page=4', 404],
    ['/orders', 404],
    ['/nothing', 404],
    ['/products?page=0', 422],
    ['/products?per_page=201', 422],
    ['/products?per_page=x', 422],
  ])('%s is %i', (target, status) => {
    expect(ask(data, target).status).toBe(status)
  })

  test('gives the fields that are asked for', () => {
    expect(itemsOf(data, '/products?fields=id&per_page=1')).toEqual([{ id: data.collections.products.idAt(0) }])
  })
})
