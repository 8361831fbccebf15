import type { AgentTone } from './chat-records.ts'
import type { Aspect } from './understand.ts'
import type { ChatLanguage } from './words.ts'

/** What an agent says, in one language. Sentences are neutral; the tone decides what stands around them. */
export interface Phrases {
  readonly openers: Readonly<Record<AgentTone, string>>
  readonly greetings: Readonly<Record<AgentTone, string>>
  readonly welcome: string
  readonly closers: Readonly<Record<AgentTone, string>>
  iAm(name: string, shop: string): string
  abilities(withOrders: boolean): string
  topics(list: string): string
  prices(from: string, to: string): string
  readonly askMore: string
  readonly learning: string
  nothing(terms: string): string
  readonly products: Readonly<Record<Aspect | 'plain', string>>
  readonly noPrice: string
  readonly available: string
  readonly soldOut: string
  left(count: number): string
  options(list: string): string
  readonly ordersForOwner: string
  readonly orders: string
  noOrders(terms: string): string
  readonly noOrdersAtAll: string
  order(number: string): string
  items(count: number): string
  readonly from: string
  /** Words of shops for where an order stands; others are shown as they are. */
  readonly statuses: Readonly<Record<string, string>>
}

const es: Phrases = {
  openers: { friendly: '¡Claro! ', formal: 'Con gusto le informo. ', brief: '' },
  greetings: { friendly: '¡Hola! ', formal: 'Buenos días. ', brief: 'Hola. ' },
  welcome: 'De nada.',
  closers: { friendly: 'Si hace falta algo más, acá estoy.', formal: 'Quedo a su disposición.', brief: '' },
  iAm: (name, shop) => (name.includes(shop) ? `Soy ${name}.` : `Soy ${name}, asistente de ${shop}.`),
  abilities: (withOrders) =>
    `Puedo decir qué productos hay, cuánto cuestan, en qué talles o colores y cuántos quedan${withOrders ? ', y cómo va un pedido' : ''}.`,
  topics: (list) => `Los temas principales de la tienda: ${list}.`,
  prices: (from, to) => (from === to ? `El precio es ${from}.` : `Los precios van de ${from} a ${to}.`),
  askMore: '¿Qué producto interesa?',
  learning: 'Todavía estoy conociendo esta tienda; en unos minutos podré responder sobre sus productos.',
  nothing: (terms) => `No encontré nada en la tienda sobre «${terms}».`,
  products: { plain: 'Esto es lo que encontré:', price: 'Estos son los precios:', stock: 'Esta es la disponibilidad:', options: 'Estas son las opciones:' },
  noPrice: 'precio a consultar',
  available: 'disponible',
  soldOut: 'sin stock',
  left: (count) => (count === 1 ? 'queda 1' : `quedan ${count}`),
  options: (list) => `opciones: ${list}`,
  ordersForOwner: 'Los pedidos se muestran solamente al dueño de la tienda.',
  orders: 'Esto es lo que encontré:',
  noOrders: (terms) => `No encontré pedidos sobre «${terms}».`,
  noOrdersAtAll: 'La tienda todavía no tiene pedidos.',
  order: (number) => `Pedido ${number}`,
  items: (count) => (count === 1 ? '1 artículo' : `${count} artículos`),
  from: 'de',
  statuses: {
    open: 'abierto',
    closed: 'cerrado',
    cancelled: 'cancelado',
    pending: 'pago pendiente',
    authorized: 'pago autorizado',
    paid: 'pagado',
    refunded: 'reembolsado',
    voided: 'pago anulado',
    unpacked: 'sin preparar',
    unfulfilled: 'sin enviar',
    shipped: 'enviado',
    delivered: 'entregado',
  },
}

const en: Phrases = {
  openers: { friendly: 'Sure! ', formal: 'Certainly. ', brief: '' },
  greetings: { friendly: 'Hi! ', formal: 'Good day. ', brief: 'Hello. ' },
  welcome: 'You are welcome.',
  closers: { friendly: 'If there is anything else, just ask.', formal: 'I remain at your disposal.', brief: '' },
  iAm: (name, shop) => (name.includes(shop) ? `I am ${name}.` : `I am ${name}, the assistant of ${shop}.`),
  abilities: (withOrders) =>
    `I can tell which products there are, what they cost, in which sizes or colours, and how many are left${withOrders ? ', and how an order is doing' : ''}.`,
  topics: (list) => `The main topics of the shop: ${list}.`,
  prices: (from, to) => (from === to ? `The price is ${from}.` : `Prices go from ${from} to ${to}.`),
  askMore: 'Which product are you interested in?',
  learning: 'I am still learning this shop; in a few minutes I can answer about its products.',
  nothing: (terms) => `I found nothing in the shop about “${terms}”.`,
  products: { plain: 'This is what I found:', price: 'These are the prices:', stock: 'This is what is available:', options: 'These are the options:' },
  noPrice: 'price on request',
  available: 'available',
  soldOut: 'sold out',
  left: (count) => `${count} left`,
  options: (list) => `options: ${list}`,
  ordersForOwner: "Orders are shown to the shop's owner only.",
  orders: 'This is what I found:',
  noOrders: (terms) => `I found no orders about “${terms}”.`,
  noOrdersAtAll: 'The shop has no orders yet.',
  order: (number) => `Order ${number}`,
  items: (count) => (count === 1 ? '1 item' : `${count} items`),
  from: 'from',
  statuses: {
    cancelled: 'canceled',
    pending: 'payment pending',
    authorized: 'payment authorized',
    unpacked: 'not packed yet',
    unfulfilled: 'not shipped yet',
  },
}

export const PHRASES: Readonly<Record<ChatLanguage, Phrases>> = { es, en }
