import type { JsonObject } from '../../../src/base/json.ts'
import type { CatalogueKind } from '../../../src/domains/stores/records.ts'
import { makeShopData as makeFixedData, type ShopCollection, type ShopData } from '../../../src/domains/stores/shop/sandbox/shop-data.ts'

export interface EditableShopParams {
  readonly products?: number
  readonly orders?: number
  readonly customers?: number
  readonly seed?: number
  readonly name?: string
  /** Now, milliseconds since the epoch: when what is edited was updated. */
  readonly now?: () => number
}

/** A shop that changes while it is connected. What was not edited follows from the seed and is kept nowhere: 50,000 products cost nothing until they are asked for. */
export interface EditableShop extends ShopData {
  readonly collections: Readonly<Record<CatalogueKind, EditableCollection>>
}

export const makeShopData = ({ products = 120, orders = 60, customers = 40, seed = 1, name = 'Test shop', now }: EditableShopParams = {}): EditableShop => {
  const data = makeFixedData({ products, orders, customers, seed, name })
  const editable = (kind: CatalogueKind) => new EditableCollection(data.collections[kind], now ?? (() => Date.now()))
  return { store: data.store, collections: { products: editable('products'), orders: editable('orders'), customers: editable('customers') } }
}

interface Entry {
  readonly id: number
  /** Where it stands in the collection as it was made; `undefined`: it was added. */
  readonly made: number | undefined
  updatedAt: number
  /** Fields that differ from what was made. */
  edits?: JsonObject
}

export class EditableCollection implements ShopCollection {
  readonly #made: ShopCollection
  readonly #now: () => number
  readonly #entries: Entry[]

  constructor(made: ShopCollection, now: () => number) {
    this.#made = made
    this.#now = now
    this.#entries = Array.from({ length: made.length }, (_, index) => ({ id: made.idAt(index), made: index, updatedAt: made.updatedAt(index) }))
  }

  get length(): number {
    return this.#entries.length
  }

  /** In the order of the pages. */
  get ids(): readonly number[] {
    return this.#entries.map(({ id }) => id)
  }

  idAt(index: number): number {
    return this.#at(index).id
  }

  updatedAt(index: number): number {
    return this.#at(index).updatedAt
  }

  itemAt(index: number): JsonObject {
    const { id, made, edits, updatedAt } = this.#at(index)
    const item = made === undefined ? { id } : this.#made.itemAt(made)
    return edits ? { ...item, ...edits, id, updated_at: new Date(updatedAt).toISOString() } : item
  }

  item(id: number): JsonObject {
    return this.itemAt(this.#indexOf(id))
  }

  /** Sets fields, as the REST API names them; it counts as updated now. */
  change(id: number, fields: JsonObject): void {
    const entry = this.#at(this.#indexOf(id))
    entry.edits = { ...entry.edits, ...fields }
    entry.updatedAt = this.#now()
  }

  /** Adds one with the next id, and answers that. */
  add(fields: JsonObject): number {
    const id = Math.max(0, ...this.#entries.slice(-1).map((entry) => entry.id)) + 1
    this.#entries.push({ id, made: undefined, updatedAt: this.#now(), edits: fields })
    return id
  }

  remove(...ids: readonly number[]): void {
    for (const id of ids) this.#entries.splice(this.#indexOf(id), 1)
  }

  #at(index: number): Entry {
    const entry = this.#entries[index]
    if (!entry) throw new RangeError(`expected an index below ${this.#entries.length}, got ${index}`)
    return entry
  }

  #indexOf(id: number): number {
    const index = this.#entries.findIndex((entry) => entry.id === id)
    if (index < 0) throw new RangeError(`the shop has nothing with the id ${id}`)
    return index
  }
}
