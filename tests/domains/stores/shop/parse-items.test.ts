import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { readCustomer, readOrder, readProduct, readStore } from '../../../../src/domains/stores/shop/tiendanube/parse-items.ts'
import { plainText } from '../../../../src/domains/stores/shop/tiendanube/plain-text.ts'
import { decimalOf } from '../../../../src/domains/stores/shop/tiendanube/values.ts'

const reading = { language: 'es', currency: 'ARS' }

/** Where the first thing is that was refused. */
function firstIssue(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return (error as z.ZodError).issues[0]?.path.join('.')
  }
}

describe('readProduct', () => {
  test('reads what the API documents', () => {
    const product = readProduct(
      {
        id: 1234,
        name: { es: 'Remera', en: 'T-shirt', pt: '' },
        description: { es: '<p>Fresca &amp; suave</p><ul><li>Uno</li><li>Dos</li></ul>' },
        handle: { en: 't-shirt', es: 'remera' },
        brand: null,
        tags: 'ropa, verano ,,ropa',
        categories: [
          { id: 1, name: { es: 'Ropa' }, unknown: true },
          { id: 2, name: {} },
        ],
        published: true,
        images: [
          { src: 'http://cdn.example.com/2.jpg', position: 2 },
          { src: '//cdn.example.com/1.jpg', position: 1 },
        ],
        canonical_url: 'https://shop.example.com/remera/',
        variants: [
          { id: 1, price: '25.00', promotional_price: '19.5', sku: 'R-1', stock: 5, stock_management: true, values: [{ es: 'Rojo' }, 'M'] },
          { id: '2', price: 25.1, promotional_price: null, sku: '', stock: 5, stock_management: false, values: [] },
        ],
        created_at: '2013-01-03T09:11:51-03:00',
        updated_at: '2013-01-03T09:11:51+0000',
      },
      reading,
    )
    expect(product).toEqual({
      externalId: '1234',
      name: { es: 'Remera', en: 'T-shirt' },
      description: { es: 'Fresca & suave\nUno\nDos' },
      handle: 'remera',
      brand: null,
      tags: ['ropa', 'verano'],
      categories: [{ es: 'Ropa' }],
      isPublished: true,
      imageUrl: 'https://cdn.example.com/1.jpg',
      url: 'https://shop.example.com/remera/',
      variants: [
        { externalId: '1', sku: 'R-1', options: [{ es: 'Rojo' }, { es: 'M' }], price: '25.00', promotionalPrice: '19.50', stock: 5 },
        { externalId: '2', sku: null, options: [], price: '25.10', promotionalPrice: null, stock: null },
      ],
      createdAt: '2013-01-03T12:11:51.000Z',
      updatedAt: '2013-01-03T09:11:51.000Z',
    })
  })

  test('does without everything but the id', () => {
    expect(readProduct({ id: '77' }, reading)).toMatchObject({ externalId: '77', name: {}, variants: [], tags: [], isPublished: true, updatedAt: null })
  })

  test('takes texts of one language, and empty objects of servers that know lists only', () => {
    expect(readProduct({ id: 1, name: 'Mate', description: [], categories: null, images: null }, { ...reading, language: 'pt' })).toMatchObject({
      name: { pt: 'Mate' },
      description: {},
    })
  })

  test('drops what the database can not store', () => {
    const { name } = readProduct({ id: 1, name: { es: 'a\0b\ud83dc' } }, reading)
    expect(name).toEqual({ es: 'ab\ufffdc' })
  })

  test.each([
    ['no id', { name: 'x' }, 'id'],
    ['an id that is none', { id: {} }, 'id'],
    ['a price that is none', { id: 1, variants: [{ id: 1, price: 'free' }] }, 'variants.0.price'],
    ['variants that are no list', { id: 1, variants: 7 }, 'variants'],
    ['no object', 'product', ''],
    ['nothing', null, ''],
  ])('refuses %s', (_what, value, path) => {
    expect(firstIssue(() => readProduct(value, reading))).toBe(path)
  })
})

describe('other items', () => {
  test('orders keep lines and amounts exactly', () => {
    const order = readOrder(
      {
        id: 9,
        number: 104,
        status: 'open',
        payment_status: 'paid',
        shipping_status: 'unpacked',
        currency: 'ARS',
        total: '12345678901234567.89',
        customer: { id: 5, name: 'Ana', email: 'ana@example.com' },
        products: [{ product_id: 1, variant_id: '', name: 'Remera', quantity: '2', price: '25' }],
        created_at: '-0001-11-30T00:00:00+0000',
      },
      reading,
    )
    expect(order).toMatchObject({
      number: '104',
      total: '12345678901234567.89',
      customerExternalId: '5',
      contactEmail: 'ana@example.com',
      lines: [{ productExternalId: '1', variantExternalId: null, name: 'Remera', sku: null, quantity: 2, price: '25.00' }],
      createdAt: null,
    })
  })

  test('customers need an id only', () => {
    expect(readCustomer({ id: 1 })).toMatchObject({ externalId: '1', name: '', email: null, totalSpent: null })
  })

  test('shops need a currency', () => {
    expect(readStore({ id: 1, name: 'X', main_currency: 'BRL', main_language: 'pt_BR', domains: ['www.x.com.br'] }, 'es')).toEqual({
      externalId: '1',
      name: 'X',
      language: 'pt',
      currency: 'BRL',
      publicUrl: 'https://www.x.com.br',
    })
    expect(() => readStore({ id: 1, name: 'X', main_currency: 'pesos' }, 'es')).toThrow('ARS')
  })
})

describe('plainText', () => {
  test.each([
    ['<h1>A</h1>b<br/>c', 'A\nb\nc'],
    ['a<script>alert("<p>")</script>b<style>p{}</style>c', 'abc'],
    ['<!-- hidden -->a', 'a'],
    ['1 < 2 &lt; 3 &#243; &#xF3; &ntilde; &unknown; &#x110000;', '1 < 2 < 3 ó ó ñ &unknown;'],
    ['<p>unclosed', 'unclosed'],
    ['a &nbsp;  b\u00a0c', 'a b c'],
  ])('%s', (html, text) => {
    expect(plainText(html)).toBe(text)
  })

  test('takes time in proportion to the text, whatever that is', () => {
    const hostile = ['<', '<!--', '<script>', '&#1', '<p'].map((part) => part.repeat(400_000))
    const started = performance.now()
    for (const html of hostile) plainText(html)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('decimalOf', () => {
  test.each([
    ['10', '10.00'],
    ['10.5', '10.50'],
    ['10.005', '10.01'],
    ['10.994999', '10.99'],
    ['-0.001', '0.00'],
    ['-5.25', '-5.25'],
    ['000', '0.00'],
    ['999999999999999999.99', '999999999999999999.99'],
    ['999999999999999999.999', undefined],
    ['1e3', undefined],
    ['1,5', undefined],
    ['', undefined],
  ])('%s is %s', (given, expected) => {
    expect(decimalOf(given)).toBe(expected)
  })
})
