import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { OrderLine } from '../../records.ts'

const COLUMNS = `id, number, status, payment_status as "paymentStatus", shipping_status as "shippingStatus", currency, total::text as total,
    contact_name as "contactName", lines, shop_created_at as "createdAt"`

const READ_ORDERS = statement(
  'stores_chat_read_orders',
  `select ${COLUMNS} from shop_order where id = any($2::uuid[]) and store_id = $1 and removed_at is null`,
)

const FIND_BY_NUMBER = statement(
  'stores_chat_orders_by_number',
  `select ${COLUMNS} from shop_order where store_id = $1 and number = $2 and removed_at is null order by id desc limit $3`,
)

// Plan: shop_order_newest_idx, in order (tests/domains/stores/chat/chat-plans.test.ts).
export const NEWEST_ORDERS = statement(
  'stores_chat_newest_orders',
  `select ${COLUMNS} from shop_order where store_id = $1 and removed_at is null order by shop_created_at desc nulls last, id desc limit $2`,
)

/** An order as an answer tells of it; for its store's owner only. */
export interface CitedOrder {
  readonly id: string
  readonly number: string
  readonly status: string
  readonly paymentStatus: string
  readonly shippingStatus: string
  readonly currency: string
  readonly total: string
  readonly contactName: string | null
  readonly lines: readonly OrderLine[]
  readonly createdAt: Date | null
}

/** Orders of a store, in the order asked; those that are gone are left out. */
export async function readOrders(executor: Executor, storeId: string, ids: readonly string[]): Promise<readonly CitedOrder[]> {
  if (ids.length === 0) return []
  const found = new Map((await executor.run<CitedOrder>(READ_ORDERS, [storeId, ids])).map((order) => [order.id, order]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

export const findOrdersByNumber = (executor: Executor, storeId: string, number: string, limit: number): Promise<readonly CitedOrder[]> =>
  executor.run<CitedOrder>(FIND_BY_NUMBER, [storeId, number, limit])

export const newestOrders = (executor: Executor, storeId: string, limit: number): Promise<readonly CitedOrder[]> =>
  executor.run<CitedOrder>(NEWEST_ORDERS, [storeId, limit])
