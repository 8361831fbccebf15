import { PermanentError } from '../../../base/errors.ts'
import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { StoreRecord, StoreStatus } from '../records.ts'
import { STORE_COLUMNS } from './store-columns.ts'

const MARK_STATUS = statement(
  'stores_mark_status',
  `with marked as (
    update store set status = $2, updated_at = now() where id = $1 and status <> $2 and ($3::text is null or status = $3) returning *
  )
  select ${STORE_COLUMNS} from marked union all select ${STORE_COLUMNS} from store where id = $1 and not exists (select 1 from marked)`,
)

/** Answers the store as it is then. `only`: nothing happens where it has another status. Throws `PermanentError` STORE_GONE. */
export async function markStatus(executor: Executor, id: string, status: StoreStatus, options: { readonly only?: StoreStatus } = {}): Promise<StoreRecord> {
  const [store] = await executor.run<StoreRecord>(MARK_STATUS, [id, status, options.only ?? null])
  if (!store) throw new PermanentError('STORE_GONE', 'The store was deleted.')
  return store
}
