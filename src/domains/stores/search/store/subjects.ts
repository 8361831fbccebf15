import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { IndexPart } from '../search-index.ts'

/** Tables that documents are made of; all that search shows of them. */
const TABLES: Readonly<Record<IndexPart, string>> = { products: 'product', orders: 'shop_order', customers: 'shop_customer' }

const batchEnd = (part: IndexPart) =>
  statement(
    `stores_search_batch_end_${part}`,
    `select id, count from (
       select id, row_number() over (order by id) as count
       from (select id from ${TABLES[part]} where store_id = $1 and removed_at is null and id > $2 order by id limit $3) as batch
     ) as numbered order by id desc limit 1`,
  )
const BATCH_END: Readonly<Record<IndexPart, ReturnType<typeof batchEnd>>> = {
  products: batchEnd('products'),
  orders: batchEnd('orders'),
  customers: batchEnd('customers'),
}

export interface Batch {
  /** The last id in it. */
  readonly id: string
  readonly count: number
}

/** Where the next batch after an id ends; `undefined`: there is none. */
export async function findBatchEnd(executor: Executor, part: IndexPart, from: { storeId: string; after: string; size: number }): Promise<Batch | undefined> {
  const [row] = await executor.run<Batch>(BATCH_END[part], [from.storeId, from.after, from.size])
  return row
}

const COUNT_SUBJECTS = statement(
  'stores_search_count_subjects',
  `select (select count(*) from product where store_id = $1 and removed_at is null) as products,
     (select count(*) from shop_order where store_id = $1 and removed_at is null) as orders,
     (select count(*) from shop_customer where store_id = $1 and removed_at is null) as customers`,
)

export async function countSubjects(executor: Executor, storeId: string): Promise<Readonly<Record<IndexPart, number>>> {
  const [row] = await executor.run<Record<IndexPart, number>>(COUNT_SUBJECTS, [storeId])
  return row ?? { products: 0, orders: 0, customers: 0 }
}
