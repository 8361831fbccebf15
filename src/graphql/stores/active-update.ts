import type { StoreRecord } from '../../domains/stores/records.ts'
import type { OperationRecord } from '../../engine/records.ts'
import type { StartGrant } from '../authorize.ts'
import type { Context } from '../context.ts'

const TYPE = 'DATA_UPDATE'

interface UpdateWish {
  readonly store: StoreRecord
  readonly grant: StartGrant
  readonly idempotencyKey: string | undefined
}

/** A second refresh would find nothing: one that waits or runs is enough. `undefined` also for a repetition of an accepted start, which that one answers. */
export async function activeUpdate({ services, loaders }: Context, { store, grant, idempotencyKey }: UpdateWish): Promise<OperationRecord | undefined> {
  const key = { ownerId: grant.ownerId, startedById: grant.actor.id, type: TYPE }
  if (idempotencyKey !== undefined && (await services.engine.hasStarted({ ...key, idempotencyKey }))) return undefined
  const active = (await loaders.activeOperations.load(store.id)).find(({ type }) => type === TYPE)
  return active && services.engine.byId(active.operationId)
}
