import type { Database } from '../../../../database/database.ts'
import type { OrderRecord } from '../../records.ts'
import { type ListRowsParams, listRows, type RowPage, rowsQuery } from './list-rows.ts'
import { ORDER_COLUMNS } from './row-columns.ts'

export const ordersQuery = (params: ListRowsParams) => rowsQuery<OrderRecord>({ table: 'shop_order', columns: ORDER_COLUMNS }, params)

/** Orders of a store, newest first, without those that are gone from the shop. */
export const listOrders = (database: Database, params: ListRowsParams): Promise<RowPage<OrderRecord>> => listRows(database, ordersQuery(params), params)
