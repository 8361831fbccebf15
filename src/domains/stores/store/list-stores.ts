import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { StoreRecord } from '../records.ts'
import { STORE_COLUMNS } from './store-columns.ts'

/** Whose stores a read may show: everybody's, or an owner's. */
export type StoresVisibility = { readonly kind: 'all' } | { readonly kind: 'owner'; readonly ownerId: string }

export interface ListStoresParams {
  readonly visibility: StoresVisibility
  readonly limit: number
  /** The last ones of the range rather than the first. */
  readonly fromEnd: boolean
  /** UUIDs of stores between which the page lies. */
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export interface StorePage {
  readonly items: readonly StoreRecord[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

const between = `($1::uuid is null or id < $1) and ($2::uuid is null or id > $2)`

// Plans (tests/domains/stores/store/plans.test.ts): the primary key, or store_owner_idx, in the order asked. Written as a range and ordered by its
// column too, because with an equality the planner may as well walk the primary key over everybody's.
const own = (direction: 'asc' | 'desc') =>
  statement(
    `stores_list_own_${direction}`,
    `select ${STORE_COLUMNS} from store where owner_id between $4 and $4 and ${between} order by owner_id ${direction}, id ${direction} limit $3`,
  )
const all = (direction: 'asc' | 'desc') =>
  statement(`stores_list_all_${direction}`, `select ${STORE_COLUMNS} from store where ${between} order by id ${direction} limit $3`)

export const LIST_STORES = { own: { asc: own('asc'), desc: own('desc') }, all: { asc: all('asc'), desc: all('desc') } }

/** Stores that somebody may see, newest first, by keyset: ids are ordered by time of creation. */
export async function listStores(executor: Executor, params: ListStoresParams): Promise<StorePage> {
  const { visibility, limit, fromEnd, after, before } = params
  const direction = fromEnd ? 'asc' : 'desc'
  const values = [after ?? null, before ?? null, limit + 1]
  const found =
    visibility.kind === 'owner'
      ? await executor.run<StoreRecord>(LIST_STORES.own[direction], [...values, visibility.ownerId])
      : await executor.run<StoreRecord>(LIST_STORES.all[direction], values)
  const more = found.length > limit
  const items = found.slice(0, limit)
  if (fromEnd) items.reverse()
  return fromEnd ? { items, hasNext: before !== undefined, hasPrevious: more } : { items, hasNext: more, hasPrevious: after !== undefined }
}

// A connected store has had a token that was good; plan: store_owner_idx.
const LIST_CONNECTED = statement(
  'stores_list_connected',
  `select ${STORE_COLUMNS} from store where owner_id = $1 and credential_id is not null order by id limit $2`,
)

/** Stores of an owner that have a token, oldest first. */
export const listConnectedStores = (executor: Executor, params: { readonly ownerId: string; readonly limit: number }): Promise<readonly StoreRecord[]> =>
  executor.run<StoreRecord>(LIST_CONNECTED, [params.ownerId, params.limit])
