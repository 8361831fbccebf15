import type { Database } from '../../../database/database.ts'
import { CATALOGUE_KINDS } from '../records.ts'
import { clearStaging, deleteOld, findOld } from './store/clean-up.ts'
import type { SyncRun } from './sync-run.ts'

/** How long a row that is gone from the shop stays: chats cite products, and a shop may take something back. */
const DAYS = 30
const BATCH_SIZE = 1_000

type CleanPosition = { readonly removed: number }

/** Removes what interrupted syncs left, then old rows in batches; both count. */
export async function cleanOldRows({ run, step, database, storeId }: SyncRun): Promise<{ readonly removed: number }> {
  let position = step.position as CleanPosition | undefined
  if (!position) {
    const removed = await run.transaction((transaction) => clearStaging(transaction, storeId, run.id))
    position = { removed }
    await step.checkpoint(position)
  }
  for (const kind of CATALOGUE_KINDS) {
    let ids: readonly string[]
    do {
      ids = await findOld(database, kind, { storeId, days: DAYS, limit: BATCH_SIZE })
      const old = ids
      position = { removed: position.removed + old.length }
      await step.commit(position, (transaction) => deleteOld(transaction, kind, old))
    } while (ids.length === BATCH_SIZE)
  }
  return position
}

/** A batch of old rows of each kind, of all stores: a store that never loses its connection is cleaned too. True: there may be more. */
export async function pruneOldRows(database: Database): Promise<boolean> {
  let more = false
  for (const kind of CATALOGUE_KINDS) {
    const ids = await findOld(database, kind, { storeId: null, days: DAYS, limit: BATCH_SIZE })
    await deleteOld(database, kind, ids)
    more ||= ids.length === BATCH_SIZE
  }
  return more
}
