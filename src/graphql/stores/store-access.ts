import { uuidOf } from '../../base/ids.ts'
import { STORE_PREFIX, type StoreRecord } from '../../domains/stores/records.ts'
import { viewerOf } from '../authorize.ts'
import type { Context } from '../context.ts'
import { forbidden, notFound, Refused } from '../refusals.ts'

/** Who may see and change stores. */
export async function findStore(context: Context, id: string): Promise<StoreRecord | null> {
  const viewer = viewerOf(context)
  const uuid = uuidOf(STORE_PREFIX, id)
  const store = uuid === undefined ? undefined : await context.loaders.store.load(uuid)
  return store && (store.ownerId === viewer.id || !viewer.roles.every((role) => role === 'USER')) ? store : null
}

/** For mutations that only look at a store. Throws `Refused`. */
export async function storeToRead(context: Context, id: string): Promise<StoreRecord> {
  const store = await findStore(context, id)
  if (!store) throw new Refused(notFound('store'))
  return store
}

/** For mutations that change a store. Throws `Refused`. */
export async function storeToControl(context: Context, id: string): Promise<StoreRecord> {
  const store = await storeToRead(context, id)
  const viewer = viewerOf(context)
  if (store.ownerId !== viewer.id && !viewer.roles.includes('ADMIN')) throw new Refused(forbidden('Only its owner or an administrator may change this store.'))
  return store
}
