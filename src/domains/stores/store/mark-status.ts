import { PermanentError } from '../../../base/errors.ts'
import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { StoreRecord, StoreStatus } from '../records.ts'
import { STORE_COLUMNS } from './store-columns.ts'

const MARK_STATUS = statement(
  'stores_mark_status',
  `with marked as (
    update store set status = $2, updated_at = now() where id = $1 and status <> $2 returning *
  )
  select ${STORE_COLUMNS} from marked union all select ${STORE_COLUMNS} from store where id = $1 and not exists (select 1 from marked)`,
)

/** Answers the store as it is then. Throws `PermanentError` STORE_GONE. */
export async function markStatus(executor: Executor, id: string, status: StoreStatus): Promise<StoreRecord> {
  const [store] = await executor.run<StoreRecord>(MARK_STATUS, [id, status])
  if (!store) throw new PermanentError('STORE_GONE', 'The store was deleted.')
  return store
}

/** What was tried came to nothing: a store that was connected before has its token still, and whoever uses it next finds out whether it is good. */
const LEAVE_STATUS = statement(
  'stores_leave_status',
  `update store set status = case when credential_id is not null and last_synced_at is not null then 'connected' else 'disconnected' end, updated_at = now()
   where id = $1 and status = $2`,
)

/** Ends a status that says that something is under way. Nothing happens where the store has another one, or is gone. */
export async function leaveStatus(executor: Executor, id: string, status: 'connecting' | 'reconnecting'): Promise<void> {
  await executor.run(LEAVE_STATUS, [id, status])
}
