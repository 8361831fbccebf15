import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { CatalogueRow, VariantRow } from '../catalogue-row.ts'
import type { WrittenRow } from './write-rows.ts'

export const DELETE_GONE_VARIANTS = statement(
  'stores_delete_gone_variants',
  `
  delete from product_variant where id = any(array(
    select v.id
    from unnest($1::uuid[]) as p (id)
      cross join lateral (select r.id, r.external_id from product_variant r where r.product_id = p.id offset 0) v
    where not exists (select from unnest($2::text[]) as i (external_id) where i.external_id = v.external_id)))`,
)

/** A variant that went from one product to another goes with it, under its id. */
export const WRITE_VARIANTS = statement(
  'stores_write_variants',
  `
  insert into product_variant as r (id, product_id, store_id, external_id, position, sku, options, price, promotional_price, stock)
  select i.id, i.product_id, $1::uuid, i.external_id, i.position, i.sku, i.options, i.price, i.promotional_price, i.stock
  from jsonb_to_recordset($2::jsonb) as i (id uuid, product_id uuid, external_id text, position integer, sku text, options jsonb,
      price numeric(20, 2), promotional_price numeric(20, 2), stock integer)
    left join lateral (
      select v.* from product_variant v where v.store_id = $1::uuid and v.external_id = i.external_id offset 0
    ) o on true
  where o.id is null or (o.product_id, o.position, o.sku, o.options, o.price, o.promotional_price, o.stock)
    is distinct from (i.product_id, i.position, i.sku, i.options, i.price, i.promotional_price, i.stock)
  on conflict (store_id, external_id) do update set product_id = excluded.product_id, position = excluded.position, sku = excluded.sku,
    options = excluded.options, price = excluded.price, promotional_price = excluded.promotional_price, stock = excluded.stock`,
)

/** Makes the variants of written products what the shop says: those that are gone are deleted, those that differ written, the others left alone. */
export async function writeVariants(
  executor: Executor,
  storeId: string,
  { written, rows }: { readonly written: readonly WrittenRow[]; readonly rows: readonly CatalogueRow[] },
): Promise<void> {
  const productIds = new Map(written.map(({ id, externalId }) => [externalId, id]))
  // One for each id, as the index has it: the last of those that a shop gives twice.
  const variants = new Map<string, VariantRow>()
  for (const row of rows) {
    const product_id = productIds.get(row.external_id)
    if (product_id === undefined) continue
    for (const variant of row['variants'] as readonly VariantRow[]) variants.set(variant.external_id, { ...variant, product_id })
  }
  await executor.run(DELETE_GONE_VARIANTS, [[...productIds.values()], [...variants.keys()]])
  if (variants.size > 0) await executor.run(WRITE_VARIANTS, [storeId, JSON.stringify([...variants.values()])])
}
