import { type Expression, type SqlBool, sql } from 'kysely'
import { firstUuidAt } from '../../../base/ids.ts'
import type { Database } from '../../../database/database.ts'
import type { SaleChannel, SaleRecord, SaleState, SaleVisibility } from '../records.ts'
import { SALE_COLUMNS } from './sale-columns.ts'

export interface SaleFilter {
  readonly states?: readonly SaleState[]
  readonly channels?: readonly SaleChannel[]
  readonly createdAfter?: Date
  readonly createdBefore?: Date
  /** Exactly this one. */
  readonly reference?: string
  /** Part of the reference or of the customer, in any case. */
  readonly text?: string
}

export interface ListSalesParams {
  readonly visibility: SaleVisibility
  readonly filter: SaleFilter
  readonly limit: number
  /** The last ones of the range rather than the first. */
  readonly fromEnd: boolean
  /** UUIDs of sales between which the page lies. */
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export interface SalePage {
  readonly items: readonly SaleRecord[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** Ids carry the application's clock and `created_at` the database's: ids narrow the walk, with this much room. */
const CLOCKS_APART_MS = 60_000

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)

/**
 * One seller's sales, or those of one state, are a range of an index that is in order. Written as a range and ordered by its column too,
 * because with an equality the planner may as well walk all sales from the newest on, in the hope of finding enough of them soon.
 */
function rangeOf({ visibility, filter }: ListSalesParams): { readonly column: Expression<unknown>; readonly value: string } | undefined {
  if (filter.reference !== undefined) return undefined
  if (visibility.kind === 'creator') return { column: sql`s.created_by_id`, value: visibility.creatorId }
  const [state, ...others] = filter.states ?? []
  return state === undefined || others.length > 0 ? undefined : { column: sql`s.state`, value: state }
}

function conditions(params: ListSalesParams): Expression<SqlBool>[] {
  const { visibility, filter } = params
  const range = rangeOf(params)
  const all: Expression<SqlBool>[] = range ? [sql`${range.column} between ${range.value} and ${range.value}`] : []
  // Not a second time beside the range: the planner would take it for a rarer thing.
  if (visibility.kind === 'creator' && !range) all.push(sql`s.created_by_id = ${visibility.creatorId}`)
  if (filter.states && (visibility.kind === 'creator' || !range)) all.push(sql`s.state = any(${filter.states}::text[])`)
  if (filter.channels) all.push(sql`s.channel = any(${filter.channels}::text[])`)
  if (filter.createdAfter)
    all.push(sql`s.id >= ${firstUuidAt(filter.createdAfter.getTime() - CLOCKS_APART_MS)}::uuid and s.created_at >= ${filter.createdAfter}`)
  if (filter.createdBefore)
    all.push(sql`s.id <= ${firstUuidAt(filter.createdBefore.getTime() + CLOCKS_APART_MS)}::uuid and s.created_at < ${filter.createdBefore}`)
  if (filter.reference !== undefined) all.push(sql`s.reference = ${filter.reference}`)
  if (filter.text) all.push(sql`(s.reference ilike ${`%${escaped(filter.text)}%`} or s.customer ilike ${`%${escaped(filter.text)}%`})`)
  if (params.after !== undefined) all.push(sql`s.id < ${params.after}::uuid`)
  if (params.before !== undefined) all.push(sql`s.id > ${params.before}::uuid`)
  return all
}

/**
 * A page of sales, newest first, by keyset: ids are ordered by time of creation. Plans (tests/domains/sales/plans.test.ts): the primary key
 * backwards; of one seller sale_creator_idx, of one state sale_state_idx, of one reference sale_reference_idx. Never a scan of the table.
 */
export function salesQuery(params: ListSalesParams) {
  const where = sql.join([sql`true`, ...conditions(params)], sql` and `)
  const direction = params.fromEnd ? sql`asc` : sql`desc`
  const range = rangeOf(params)
  const order = range ? sql`${range.column} ${direction}, s.id ${direction}` : sql`s.id ${direction}`
  return sql<SaleRecord>`select ${sql.raw(SALE_COLUMNS)} from sale s where ${where} order by ${order} limit ${params.limit + 1}`
}

/** Sales that somebody may see. */
export async function listSales(database: Database, params: ListSalesParams): Promise<SalePage> {
  const { rows } = await salesQuery(params).execute(database.kysely)
  const more = rows.length > params.limit
  const items = rows.slice(0, params.limit)
  if (params.fromEnd) items.reverse()
  return params.fromEnd ? { items, hasNext: params.before !== undefined, hasPrevious: more } : { items, hasNext: more, hasPrevious: params.after !== undefined }
}
