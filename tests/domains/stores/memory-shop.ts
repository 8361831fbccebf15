import type { CatalogueKind } from '../../../src/domains/stores/records.ts'
import type { PageRequest, ShopApi, ShopCustomer, ShopInfo, ShopOrder, ShopPage, ShopProduct } from '../../../src/domains/stores/shop/shop-api.ts'

/** A shop in memory, with numbered pages like real ones: what changes between two requests moves other items from page to page. */
interface Items {
  readonly products: Map<string, ShopProduct>
  readonly orders: Map<string, ShopOrder>
  readonly customers: Map<string, ShopCustomer>
}

export interface MemoryShop {
  readonly api: ShopApi
  readonly items: Items
  /** What was asked: `products 1`, `ids products 2`, `products since 1`. */
  readonly asked: string[]
  /** Called before each answer; may throw, wait or change the shop. */
  onAsk: (what: string, signal: AbortSignal) => Promise<void> | void
  /** The shop's clock. */
  now: Date
  putProduct(id: number | string, more?: Partial<ShopProduct>): void
  putOrder(id: number | string, more?: Partial<ShopOrder>): void
  putCustomer(id: number | string, more?: Partial<ShopCustomer>): void
  remove(kind: CatalogueKind, id: number | string): void
  /** Says that everything was changed, though nothing was. */
  touchAll(): void
  /** Moves its clock on. */
  pass(minutes: number): void
}

export interface MemoryShopParams {
  readonly pageSize?: number
  readonly products?: number
  readonly orders?: number
  readonly customers?: number
}

const LONG_AGO = '2026-01-01T00:00:00.000Z'
const INFO: ShopInfo = { externalId: '1', name: 'Tienda', language: 'es', currency: 'ARS', publicUrl: 'https://tienda.example' }

export function memoryShop({ pageSize = 50, products = 0, orders = 0, customers = 0 }: MemoryShopParams = {}): MemoryShop {
  const items: Items = { products: new Map(), orders: new Map(), customers: new Map() }
  const changedAt = () => shop.now.toISOString()
  const shop: MemoryShop = {
    items,
    asked: [],
    onAsk: () => undefined,
    now: new Date('2026-06-01T12:00:00.000Z'),
    api: {
      info: () => Promise.resolve(INFO),
      products: (request) => page('products', request),
      orders: (request) => page('orders', request),
      customers: (request) => page('customers', request),
      ids: async (kind, request) => {
        const { items: found, ...more } = await page(kind, request, 'ids ')
        return { ...more, items: (found as readonly { readonly externalId: string }[]).map(({ externalId }) => externalId) }
      },
    },
    putProduct: (id, more) => void items.products.set(String(id), { ...aProduct(String(id)), updatedAt: changedAt(), ...more }),
    putOrder: (id, more) => void items.orders.set(String(id), { ...anOrder(String(id)), updatedAt: changedAt(), ...more }),
    putCustomer: (id, more) => void items.customers.set(String(id), { ...aCustomer(String(id)), updatedAt: changedAt(), ...more }),
    remove: (kind, id) => void items[kind].delete(String(id)),
    pass(minutes) {
      shop.now = new Date(shop.now.getTime() + minutes * 60_000)
    },
    touchAll() {
      for (const [id, item] of items.products) items.products.set(id, { ...item, updatedAt: changedAt() })
      for (const [id, item] of items.orders) items.orders.set(id, { ...item, updatedAt: changedAt() })
      for (const [id, item] of items.customers) items.customers.set(id, { ...item, updatedAt: changedAt() })
    },
  }

  async function page<Kind extends CatalogueKind>(kind: Kind, request: PageRequest, prefix = ''): Promise<ShopPage<ItemOf<Kind>>> {
    const { number, since } = request.page
      ? (JSON.parse(request.page) as { number: number; since: string | null })
      : { number: 1, since: request.changedSince?.toISOString() ?? null }
    const what = `${prefix}${kind} ${since === null ? '' : 'since '}${number}`
    shop.asked.push(what)
    await shop.onAsk(what, request.signal)
    const all = ([...items[kind].values()] as ItemOf<Kind>[]).filter(({ updatedAt }) => since === null || (updatedAt ?? '') >= since)
    const next = number * pageSize < all.length ? JSON.stringify({ number: number + 1, since }) : undefined
    return { items: all.slice((number - 1) * pageSize, number * pageSize), total: all.length, next, at: shop.now }
  }

  const old = { updatedAt: LONG_AGO }
  for (let id = 1; id <= products; id += 1) shop.putProduct(id, old)
  for (let id = 1; id <= orders; id += 1) shop.putOrder(id, old)
  for (let id = 1; id <= customers; id += 1) shop.putCustomer(id, old)
  return shop
}

interface ItemByKind {
  readonly products: ShopProduct
  readonly orders: ShopOrder
  readonly customers: ShopCustomer
}
type ItemOf<Kind extends CatalogueKind> = ItemByKind[Kind]

export const aProduct = (id: string): ShopProduct => ({
  externalId: id,
  name: { es: `Remera ${id}`, en: `T-shirt ${id}` },
  description: { es: `Remera de algodón, modelo ${id}.` },
  handle: `remera-${id}`,
  brand: 'Sur',
  tags: ['algodón'],
  categories: [{ es: 'Ropa', en: 'Clothes' }],
  isPublished: true,
  imageUrl: null,
  url: `https://tienda.example/productos/remera-${id}`,
  variants: ['S', 'M'].map((size) => ({
    externalId: `${id}-${size}`,
    sku: `R-${id}-${size}`,
    options: [{ es: size }],
    price: size === 'S' ? '100.50' : '110.00',
    promotionalPrice: null,
    stock: 3,
  })),
  createdAt: LONG_AGO,
  updatedAt: LONG_AGO,
})

const anOrder = (id: string): ShopOrder => ({
  externalId: id,
  number: `${1_000 + Number(id)}`,
  status: 'open',
  paymentStatus: 'paid',
  shippingStatus: 'unpacked',
  currency: 'ARS',
  total: '201.00',
  customerExternalId: '1',
  contactName: 'Ana López',
  contactEmail: 'ana@example.com',
  lines: [{ productExternalId: '1', variantExternalId: '1-S', name: 'Remera 1', sku: 'R-1-S', quantity: 2, price: '100.50' }],
  createdAt: LONG_AGO,
  updatedAt: LONG_AGO,
})

const aCustomer = (id: string): ShopCustomer => ({
  externalId: id,
  name: `Ana ${id}`,
  email: `ana${id}@example.com`,
  phone: '+5491123456789',
  totalSpent: '201.00',
  currency: 'ARS',
  createdAt: LONG_AGO,
  updatedAt: LONG_AGO,
})
