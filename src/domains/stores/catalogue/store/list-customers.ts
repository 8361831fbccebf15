import type { Database } from '../../../../database/database.ts'
import type { CustomerRecord } from '../../records.ts'
import { type ListRowsParams, listRows, type RowPage, rowsQuery } from './list-rows.ts'
import { CUSTOMER_COLUMNS } from './row-columns.ts'

export const customersQuery = (params: ListRowsParams) => rowsQuery<CustomerRecord>({ table: 'shop_customer', columns: CUSTOMER_COLUMNS }, params)

/** Customers of a store, newest first, without those that are gone from the shop. */
export const listCustomers = (database: Database, params: ListRowsParams): Promise<RowPage<CustomerRecord>> =>
  listRows(database, customersQuery(params), params)
