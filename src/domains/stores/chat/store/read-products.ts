import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { Texts } from '../../records.ts'

const READ_PRODUCTS = statement(
  'stores_chat_read_products',
  `select p.id, p.name, left_texts.description, p.brand, p.price::text as price, p.stock,
     coalesce((select json_agg(json_build_object('options', v.options, 'price', coalesce(v.promotional_price, v.price)::text, 'stock', v.stock) order by v.position)
       from (select * from product_variant where product_id = p.id order by position limit 100) v), '[]') as variants
   from product p cross join lateral (
     select coalesce(jsonb_object_agg(key, left(value, 500)), '{}') as description from jsonb_each_text(p.description)) left_texts
   where p.id = any($2::uuid[]) and p.store_id = $1 and p.removed_at is null and p.is_published`,
)

/** A product as an answer cites it. */
export interface CitedProduct {
  readonly id: string
  readonly name: Texts
  /** The beginning. */
  readonly description: Texts
  readonly brand: string | null
  /** Exact decimal; null: no price. */
  readonly price: string | null
  /** null: not counted. */
  readonly stock: number | null
  readonly variants: readonly CitedVariant[]
}

export interface CitedVariant {
  readonly options: readonly Texts[]
  readonly price: string | null
  readonly stock: number | null
}

/** Products of a store that can be bought, in the order asked; others are left out. */
export async function readProducts(executor: Executor, storeId: string, ids: readonly string[]): Promise<readonly CitedProduct[]> {
  if (ids.length === 0) return []
  const found = new Map((await executor.run<CitedProduct>(READ_PRODUCTS, [storeId, ids])).map((product) => [product.id, product]))
  return ids.flatMap((id) => found.get(id) ?? [])
}
