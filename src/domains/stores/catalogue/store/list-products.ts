import { type Expression, type SqlBool, sql } from 'kysely'
import type { Database } from '../../../../database/database.ts'
import type { ProductRecord } from '../../records.ts'
import { inTexts, type ListRowsParams, listRows, type RowPage, rowsQuery } from './list-rows.ts'
import { PRODUCT_COLUMNS } from './row-columns.ts'

export interface ProductFilter {
  /** Part of the name in any language, in any case. */
  readonly text?: string | undefined
  readonly isPublished?: boolean | undefined
}

export interface ListProductsParams extends ListRowsParams {
  readonly filter?: ProductFilter | undefined
}

export function productsQuery(params: ListProductsParams) {
  const { text, isPublished } = params.filter ?? {}
  const filters: Expression<SqlBool>[] = []
  if (isPublished !== undefined) filters.push(sql`r.is_published = ${isPublished}`)
  if (text) filters.push(inTexts('r.name', text))
  return rowsQuery<ProductRecord>({ table: 'product', columns: PRODUCT_COLUMNS }, params, filters)
}

/** Products of a store, newest first, without those that are gone from the shop. */
export const listProducts = (database: Database, params: ListProductsParams): Promise<RowPage<ProductRecord>> =>
  listRows(database, productsQuery(params), params)
