import { describe, expect, test } from 'vitest'
import { type ComposeParams, composeAnswer, type Speaker } from '../../../../src/domains/stores/chat/compose-answer.ts'
import { formatPrice } from '../../../../src/domains/stores/chat/price.ts'
import type { CitedOrder } from '../../../../src/domains/stores/chat/store/read-orders.ts'
import type { CitedProduct } from '../../../../src/domains/stores/chat/store/read-products.ts'
import { understand } from '../../../../src/domains/stores/chat/understand.ts'

const agent: Speaker = { name: 'Sofi', tone: 'friendly', topics: ['Remeras', 'Abrigos'], greeting: null, priceFrom: '9000.00', priceTo: '48000.00' }
const shirt: CitedProduct = {
  id: 'shirt',
  name: { es: 'Remera lisa', en: 'Plain T-shirt' },
  description: { es: 'De algodón\npeinado.' },
  brand: null,
  price: '12500.50',
  stock: 5,
  variants: [
    { options: [{ es: 'Rojo', en: 'Red' }, { es: 'M' }], price: '12500.50', stock: 3 },
    { options: [{ es: 'Azul', en: 'Blue' }, { es: 'L' }], price: '13000.00', stock: 0 },
  ],
}
const jacket: CitedProduct = { id: 'jacket', name: { es: 'Campera' }, description: {}, brand: null, price: null, stock: null, variants: [] }
const order: CitedOrder = {
  id: 'order',
  number: '1042',
  status: 'open',
  paymentStatus: 'paid',
  shippingStatus: 'en camino',
  currency: 'ARS',
  total: '25000.00',
  contactName: 'Ana',
  lines: [{ productExternalId: null, variantExternalId: null, name: 'Remera', sku: null, quantity: 2, price: '1.00' }],
  createdAt: new Date('2024-05-01T10:00:00Z'),
}

const compose = (text: string, more: Partial<Omit<ComposeParams, 'understanding'>> = {}) =>
  composeAnswer({
    agent,
    shop: { name: 'Lanas', currency: 'ARS' },
    isOwner: true,
    found: { products: [], orders: [] },
    ...more,
    understanding: understand({ text, earlier: [], fallback: 'es' }),
  })
const finding = (...products: readonly CitedProduct[]) => ({ found: { products, orders: [] } })

describe('composeAnswer', () => {
  test('cites products with price and availability, in the language of the question', () => {
    expect(compose('¿Tenés remeras?', finding(shirt, jacket))).toEqual({
      text: '¡Claro! Esto es lo que encontré:\n• Remera lisa · ARS 12.500,50 · quedan 5\n• Campera · precio a consultar · disponible',
      productIds: ['shirt', 'jacket'],
      orderIds: [],
    })
    expect(compose('How much is the shirt?', finding(shirt)).text).toBe(
      'Sure! These are the prices:\n• Plain T-shirt · ARS 12,500.50 · 5 left\nDe algodón peinado.',
    )
  })

  test('answers for the variant that is asked for', () => {
    expect(compose('¿Tenés remeras rojas?', finding(shirt)).text).toContain('• Remera lisa (Rojo / M) · ARS 12.500,50 · quedan 3')
    expect(compose('Do you have the shirt in blue?', finding(shirt)).text).toContain('• Plain T-shirt (Blue / L) · ARS 13,000 · sold out')
    expect(compose('¿En qué talles viene la remera?', finding(shirt)).text).toContain('· opciones: Rojo / M')
  })

  test('follows tone, name and greeting of the agent', () => {
    expect(compose('hola').text).toBe(
      '¡Hola! Soy Sofi, asistente de Lanas. Puedo decir qué productos hay, cuánto cuestan, en qué talles o colores y cuántos quedan, y cómo va un pedido. Los temas principales de la tienda: Remeras, Abrigos.',
    )
    expect(compose('hola', { isOwner: false }).text).not.toContain('pedido')
    expect(compose('hola Sofi').text).toContain('Soy Sofi')
    expect(compose('hello', { agent: { ...agent, greeting: 'Welcome to Lanas!', tone: 'brief' } }).text).toBe(
      'Welcome to Lanas! The main topics of the shop: Remeras, Abrigos.',
    )
    const many = Array.from({ length: 9 }, (_, index) => ({ ...jacket, id: `${index}` }))
    const cited = (tone: Speaker['tone']) => compose('campera', { agent: { ...agent, tone }, ...finding(...many) }).productIds.length
    expect([cited('brief'), cited('friendly'), cited('formal')]).toEqual([3, 5, 5])
    expect(compose('campera', { agent: { ...agent, tone: 'formal' }, ...finding(jacket) }).text).toMatch(/^Con gusto le informo\. .*Quedo a su disposición\.$/s)
  })

  test('says that it found nothing, and what there is', () => {
    expect(compose('¿Tenés tablas de surf?').text).toBe(
      'No encontré nada en la tienda sobre «tablas surf». Los temas principales de la tienda: Remeras, Abrigos.',
    )
    expect(compose('What do you sell?').text).toBe(
      'The main topics of the shop: Remeras, Abrigos. Prices go from ARS 9,000 to ARS 48,000. Which product are you interested in?',
    )
    expect(compose('remeras', { found: 'learning' }).text).toMatch(/conociendo esta tienda/)
    expect(compose('gracias', { found: 'learning' }).text).toMatch(/^De nada/)
  })

  test('tells of orders, and to others than the owner only that it does not', () => {
    expect(compose('pedido 1042', { found: { products: [], orders: [order] } })).toEqual({
      text: '¡Claro! Esto es lo que encontré:\n• Pedido 1042 · pagado · en camino · 2 artículos · ARS 25.000 · de Ana · 2024-05-01',
      productIds: [],
      orderIds: ['order'],
    })
    expect(compose('pedido 7').text).toBe('No encontré pedidos sobre «7».')
    expect(compose('mis pedidos').text).toBe('La tienda todavía no tiene pedidos.')
    expect(compose('order 1042', { found: { products: [], orders: 'refused' } })).toEqual({
      text: "Orders are shown to the shop's owner only.",
      productIds: [],
      orderIds: [],
    })
  })

  test('keeps what shops wrote on a line of its own, as it is and bounded', () => {
    const hostile = { ...jacket, name: { es: `<b>Campera</b>\n• falsa ${'x'.repeat(300)}` } }
    const [, line, ...rest] = compose('campera', finding(hostile)).text.split('\n')
    expect(line).toMatch(/^• <b>Campera<\/b> • falsa x+… · precio/)
    expect(line?.length).toBeLessThan(200)
    expect(rest).toEqual([])
  })
})

describe('formatPrice', () => {
  test.each([
    ['0.50', 'ARS', 'es', 'ARS 0,50'],
    ['1234567.00', 'USD', 'en', 'USD 1,234,567'],
    ['999999999999999999.99', null, 'es', '999.999.999.999.999.999,99'],
  ] as const)('%s', (amount, currency, language, shown) => {
    expect(formatPrice(amount, currency, language)).toBe(shown)
  })
})
