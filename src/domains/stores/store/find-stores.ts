import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { StoreRecord } from '../records.ts'
import { STORE_COLUMNS } from './store-columns.ts'

const FIND_STORES = statement('stores_find', `select ${STORE_COLUMNS} from store where id = any($1::uuid[])`)

/** In the order asked. */
export async function findStores(executor: Executor, ids: readonly string[]): Promise<readonly (StoreRecord | undefined)[]> {
  const found = new Map((await executor.run<StoreRecord>(FIND_STORES, [ids])).map((store) => [store.id, store]))
  return ids.map((id) => found.get(id))
}
