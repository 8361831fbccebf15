import { type Expression, type SqlBool, sql } from 'kysely'
import type { Database } from '../../../../database/database.ts'

export interface ListRowsParams {
  readonly storeId: string
  readonly limit: number
  /** The last ones of the range rather than the first. */
  readonly fromEnd: boolean
  /** UUIDs of rows between which the page lies. */
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export interface RowPage<Row> {
  readonly items: readonly Row[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

export interface ListedRows {
  readonly table: 'product' | 'shop_order' | 'shop_customer'
  /** Of the table, named r. */
  readonly columns: string
}

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)

/** Part of any of the texts by language that a column holds, in any case. */
export const inTexts = (column: string, text: string): Expression<SqlBool> =>
  sql`exists (select from jsonb_each_text(${sql.ref(column)}) t where t.value ilike ${`%${escaped(text)}%`})`

/**
 * A page of a store's rows that are not removed, newest first by the shop's clock, by keyset: an id begins with when the shop made the row. Plans
 * (tests/domains/stores/catalogue/plans.test.ts): <table>_store_idx in order. Written as a range and ordered by its column too, because with
 * an equality the planner may as well walk the primary key, over rows of all stores.
 */
export function rowsQuery<Row>({ table, columns }: ListedRows, params: ListRowsParams, filters: readonly Expression<SqlBool>[] = []) {
  const all: Expression<SqlBool>[] = [sql`r.store_id between ${params.storeId}::uuid and ${params.storeId}::uuid`, sql`r.removed_at is null`, ...filters]
  if (params.after !== undefined) all.push(sql`r.id < ${params.after}::uuid`)
  if (params.before !== undefined) all.push(sql`r.id > ${params.before}::uuid`)
  const direction = params.fromEnd ? sql`asc` : sql`desc`
  return sql<Row>`select ${sql.raw(columns)} from ${sql.table(table)} r where ${sql.join(all, sql` and `)}
    order by r.store_id ${direction}, r.id ${direction} limit ${params.limit + 1}`
}

export async function listRows<Row>(database: Database, query: ReturnType<typeof rowsQuery<Row>>, params: ListRowsParams): Promise<RowPage<Row>> {
  const { rows } = await query.execute(database.kysely)
  const more = rows.length > params.limit
  const items = rows.slice(0, params.limit)
  if (params.fromEnd) items.reverse()
  return params.fromEnd ? { items, hasNext: params.before !== undefined, hasPrevious: more } : { items, hasNext: more, hasPrevious: params.after !== undefined }
}
