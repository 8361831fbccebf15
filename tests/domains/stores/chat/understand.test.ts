import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { languageOf, understand } from '../../../../src/domains/stores/chat/understand.ts'

const of = (text: string, ...earlier: readonly string[]) => understand({ text, earlier, fallback: 'es' })

describe('understand', () => {
  test.each([
    ['¿Tenés remeras rojas?', 'es', 'products', ['remeras', 'rojas']],
    ['Do you have red t-shirts?', 'en', 'products', ['red', 't', 'shirts']],
    ['Busco una campera de lana para mi hija', 'es', 'products', ['campera', 'lana', 'hija']],
    ['¿Dónde está mi pedido 1042?', 'es', 'orders', ['1042']],
    ['orders of Ana', 'en', 'orders', ['Ana']],
    ['#1042', 'es', 'orders', ['1042']],
    ['Show me the latest orders', 'en', 'orders', []],
    ['últimos pedidos', 'es', 'orders', []],
    ['Can I order a mug?', 'en', 'products', ['mug']],
    ['Hola!', 'es', 'greeting', []],
    ['good morning', 'en', 'greeting', []],
    ['¿Qué podés hacer?', 'es', 'help', []],
    ['What can you do?', 'en', 'help', []],
    ['Muchas gracias', 'es', 'thanks', []],
    ['thanks', 'en', 'thanks', []],
    ['¿Qué productos venden?', 'es', 'overview', []],
    ['What do you sell?', 'en', 'overview', []],
  ])('%s', (text, language, intent, terms) => {
    const understood = of(text)
    expect(understood).toMatchObject({ intent, ...(language === 'en' && { language }) })
    expect(understood.terms).toEqual(terms)
  })

  test.each([
    ['¿Cuánto sale la campera?', 'price'],
    ['how much is the jacket', 'price'],
    ['¿En qué talles viene la remera?', 'options'],
    ['¿Quedan camperas?', 'stock'],
    ['campera', null],
  ])('%s asks for %s', (text, aspect) => {
    expect(of(text).aspect).toBe(aspect)
  })

  test('knows the language by its words, and keeps that of the talk where they tell nothing', () => {
    expect([languageOf('Tenés mates?'), languageOf('Do you have mugs?'), languageOf('mate')]).toEqual(['es', 'en', undefined])
    expect(of('blue', 'Do you have mugs?').language).toBe('en')
    expect(understand({ text: 'mate', earlier: [], fallback: 'en' }).language).toBe('en')
  })

  test('reads a follow-up with the question that it follows', () => {
    expect(of('¿Y en azul?', '¿Tenés remeras?')).toMatchObject({ intent: 'products', terms: ['remeras', 'azul'], query: '¿Tenés remeras? azul' })
    expect(of('¿Y en verde?', '¿Y en azul?', '¿Tenés remeras?').terms).toEqual(['remeras', 'verde'])
    expect(of('what about blue?', 'Do you have mugs?').terms).toEqual(['mugs', 'blue'])
    expect(of('¿Cuánto sale?', '¿Tenés remeras?')).toMatchObject({ aspect: 'price', terms: ['remeras'] })
    expect(of('¿Y de Bruno?', 'pedidos de Ana')).toMatchObject({ intent: 'orders' })
    expect(of('¿Tenés tazas?', '¿Tenés remeras?')).toMatchObject({ terms: ['tazas'], query: '¿Tenés tazas?' })
  })

  test('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.string({ maxLength: 100 }), (text, earlier) => {
        const understood = of(text, earlier)
        expect(understood.terms.length).toBeLessThanOrEqual(12)
      }),
    )
  })
})
