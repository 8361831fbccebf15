import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { firstUuidAt } from '../../base/ids.ts'
import type { Database } from '../../database/database.ts'
import type { ListParams, OperationPage, Visibility } from '../engine.ts'
import type { Registry } from '../registry.ts'
import { OPERATION_COLUMNS, type OperationRow, toRecord } from './read-operations.ts'

/**
 * History, newest first by default, by keyset. Ids are ordered by time of creation, so `created_at` pages walk operation_owner_idx (or the primary key
 * for everybody's); `updated_at` sorts what the filter leaves.
 */
interface Position {
  readonly at: string | null
  readonly id: string
}

const encode = (position: Position): string => Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url')

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Reads a page cursor; `undefined` when it is not one. */
export function parsePageCursor(text: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!Array.isArray(value) || value.length !== 2) return undefined
    const [at, id] = value as unknown[]
    if (typeof id !== 'string' || !UUID.test(id)) return undefined
    if (at !== null && (typeof at !== 'string' || Number.isNaN(Date.parse(at)))) return undefined
    return { at, id }
  } catch {
    return undefined
  }
}

/** Ids carry the application's clock and `created_at` the database's: ids narrow the walk, with this much room. */
const CLOCKS_APART_MS = 60_000

function conditions(params: ListParams): Expression<SqlBool>[] {
  const { filter } = params
  const all: Expression<SqlBool>[] = []
  if (filter.ownerId !== undefined) all.push(sql`o.owner_id = ${filter.ownerId}`)
  if (filter.types) all.push(sql`o.type = any(${filter.types}::text[])`)
  if (filter.states) all.push(sql`o.state = any(${filter.states}::text[])`)
  if (filter.done !== undefined) all.push(filter.done ? sql`o.finished_at is not null` : sql`o.finished_at is null`)
  if (filter.createdAfter)
    all.push(sql`o.id >= ${firstUuidAt(filter.createdAfter.getTime() - CLOCKS_APART_MS)}::uuid and o.created_at >= ${filter.createdAfter}`)
  if (filter.createdBefore)
    all.push(sql`o.id <= ${firstUuidAt(filter.createdBefore.getTime() + CLOCKS_APART_MS)}::uuid and o.created_at < ${filter.createdBefore}`)
  if (filter.text) all.push(sql`o.title ilike ${`%${filter.text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`}`)
  if (!filter.includeHidden) all.push(sql`not o.hidden`)
  return all
}

function beyond(params: ListParams, cursor: string | undefined, forward: boolean): Expression<SqlBool>[] {
  const position = cursor === undefined ? undefined : parsePageCursor(cursor)
  if (!position) return []
  const descending = (params.orderBy.direction === 'desc') === forward
  const sign = descending ? sql`<` : sql`>`
  if (params.orderBy.field === 'created_at') return [sql`o.id ${sign} ${position.id}::uuid`]
  return [sql`(o.updated_at, o.id) ${sign} (${position.at}::timestamptz, ${position.id}::uuid)`]
}

/** What may be seen, in parts that exclude each other, so that each of them walks an index of its own in the order of the page. */
function visibleParts(visibility: Visibility): Expression<SqlBool>[] {
  if (visibility.kind === 'all') return [sql`true`]
  const own = sql<SqlBool>`o.owner_id = ${visibility.ownerId}`
  return visibility.opened ? [own, sql<SqlBool>`o.created_by ->> 'id' <> o.owner_id and o.created_by ->> 'id' = ${visibility.ownerId}`] : [own]
}

/** Plan for a service: operation_owner_idx and operation_opened_idx, each for one page; then the primary key for what was found. */
export function listQuery(params: ListParams): RawBuilder<OperationRow & { readonly position_at: string }> {
  const where = sql.join([...conditions(params), ...beyond(params, params.after, true), ...beyond(params, params.before, false), sql`true`], sql` and `)
  const descending = (params.orderBy.direction === 'desc') !== params.fromEnd
  const direction = descending ? sql`desc` : sql`asc`
  const order = params.orderBy.field === 'created_at' ? sql`o.id ${direction}` : sql`o.updated_at ${direction}, o.id ${direction}`
  const page = sql`order by ${order} limit ${params.limit + 1}`
  const columns = sql`${sql.raw(OPERATION_COLUMNS)}, o.updated_at::text as position_at`
  const parts = visibleParts(params.visibility)
  const [only, ...others] = parts.map((part) => sql`${part} and ${where}`)
  if (others.length === 0) return sql`select ${columns} from operation o left join operation_progress p on p.operation_id = o.id where ${only} ${page}`
  const found = sql.join(
    [only, ...others].map((part) => sql`(select o.id from operation o where ${part} ${page})`),
    sql` union all `,
  )
  return sql`with found as materialized (${found})
    select ${columns} from found f join operation o on o.id = f.id left join operation_progress p on p.operation_id = o.id ${page}`
}

export async function listOperations(database: Database, registry: Registry, params: ListParams): Promise<OperationPage> {
  const { rows } = await listQuery(params).execute(database.kysely)
  const more = rows.length > params.limit
  const page = rows.slice(0, params.limit)
  if (params.fromEnd) page.reverse()
  const items = page.map((row) => ({
    operation: toRecord(row, registry),
    cursor: encode({ at: params.orderBy.field === 'created_at' ? null : row.position_at, id: row.id }),
  }))
  return params.fromEnd ? { items, hasNext: params.before !== undefined, hasPrevious: more } : { items, hasNext: more, hasPrevious: params.after !== undefined }
}
