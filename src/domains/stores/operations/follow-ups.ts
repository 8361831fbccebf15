import type { Actor } from '../../../base/actor.ts'
import type { StartRequest } from '../../../engine/engine.ts'
import type { StoreRecord } from '../records.ts'
import type { AnyRun } from '../search/search-index.ts'
import { ShopUnauthorizedError } from '../shop/shop-errors.ts'
import { findStores } from '../store/find-stores.ts'
import { titleFor } from './titles.ts'

/** What starts by itself after something else. Each has an idempotency key of its cause, so a run that goes on after a crash starts it once. */
const SYSTEM: Actor = { kind: 'system', id: 'system' }

type FollowUp = Pick<StartRequest, 'type' | 'input' | 'title' | 'runAt'> & { readonly idempotencyKey: string }

const start = (run: AnyRun, store: Pick<StoreRecord, 'ownerId' | 'tenantId'>, followUp: FollowUp) =>
  run.services.operations.start({ ...followUp, ownerId: store.ownerId, tenantId: store.tenantId, actor: SYSTEM, exemptFromQuota: true })

/** A first connection takes a while: what changed in the shop meanwhile is fetched right after it. */
export async function refreshAfterConnection(run: AnyRun, store: StoreRecord): Promise<void> {
  await start(run, store, {
    type: 'DATA_UPDATE',
    title: titleFor('DATA_UPDATE', store),
    input: { storeId: store.id, reason: 'after_connection' },
    idempotencyKey: `after:${run.id}`,
  })
}

/**
 * Starts RAG_SYNC some time from now when the catalogue has changed since the index was built. All changes of that time share it: the key names
 * the revision that the index has, which moves only when it is built anew.
 */
export async function rebuildIfStale(run: AnyRun, storeId: string): Promise<void> {
  const { database, clock, rebuildDelayMs } = run.services.stores
  const [store] = await findStores(database, [storeId])
  if (!store || store.catalogueRevision === store.indexedRevision) return
  const rebuild: FollowUp = {
    type: 'RAG_SYNC',
    title: titleFor('RAG_SYNC', store),
    input: { storeId, initial: store.indexedRevision === null },
    runAt: new Date(clock.now() + rebuildDelayMs),
    idempotencyKey: `index:${storeId}:${store.indexedRevision ?? 'none'}`,
  }
  const outcome = await start(run, store, rebuild)
  // The one that this revision had already was canceled, or failed for good.
  const isOver = outcome.kind === 'started' && outcome.replayed && ['failed', 'canceled'].includes(outcome.operation.state)
  if (isOver) await start(run, store, { ...rebuild, idempotencyKey: `${rebuild.idempotencyKey}:${run.id}` })
}

/** Runs `work`; when the shop refuses the token, STORE_RECONNECTION starts before the refusal goes on. */
export async function reconnectIfUnauthorized<Value>(run: AnyRun, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ShopUnauthorizedError) {
      const { storeId } = run.input as { readonly storeId: string }
      const [store] = await findStores(run.services.stores.database, [storeId])
      const title = store && { title: titleFor('STORE_RECONNECTION', store) }
      await start(run, run, { type: 'STORE_RECONNECTION', ...title, input: { storeId }, idempotencyKey: `unauthorized:${run.id}` })
    }
    throw error
  }
}
