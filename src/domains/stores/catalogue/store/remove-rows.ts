import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import { perKind, TABLES, type Target } from './tables.ts'

/** What a removed row keeps: of a product its name and address, for the chats that cite it; of an order and of a customer nothing of a person. */
const BLANK = {
  products: `description = '{}', brand = null, tags = '{}', categories = '[]', is_published = false, image_url = null, price = null, stock = null`,
  orders: `customer_external_id = null, contact_name = null, contact_email = null, lines = '[]'`,
  customers: `name = '', email = null, phone = null, total_spent = null`,
} as const

/** Looked up one by one (see `COMPARE_ROWS`): with `any` a plan without statistics walks all rows of the store. */
export const REMOVE_ROWS = perKind((kind) =>
  statement(
    `stores_remove_${kind}`,
    `
    update ${TABLES[kind]} set ${BLANK[kind]}, content_hash = '', document_hash = '', removed_at = now(), updated_at = now()
    where id = any(array(
      select r.id from unnest($2::text[]) as i (external_id)
        cross join lateral (select o.id, o.removed_at from ${TABLES[kind]} o where o.store_id = $1::uuid and o.external_id = i.external_id offset 0) r
      where r.removed_at is null))
    returning id`,
  ),
)

const DELETE_VARIANTS = statement('stores_delete_variants', 'delete from product_variant where product_id = any($1::uuid[])')

/** Marks rows as gone from the shop; answers how many were there. */
export async function removeRows(executor: Executor, { storeId, kind }: Target, externalIds: readonly string[]): Promise<number> {
  if (externalIds.length === 0) return 0
  const removed = await executor.run<{ id: string }>(REMOVE_ROWS[kind], [storeId, externalIds])
  if (kind === 'products' && removed.length > 0) await executor.run(DELETE_VARIANTS, [removed.map(({ id }) => id)])
  return removed.length
}
