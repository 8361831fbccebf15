import { mayControl, mayRead } from '../../auth/access.ts'
import { uuidOf } from '../../base/ids.ts'
import { BATCH_PREFIX } from '../../domains/imports/import-statement.ts'
import type { StatementBatchRecord } from '../../domains/imports/records.ts'
import { viewerOf } from '../authorize.ts'
import type { Context } from '../context.ts'
import { forbidden, notFound, Refused } from '../refusals.ts'

const ownershipOf = (batch: StatementBatchRecord) => ({ ownerId: batch.ownerId, createdById: batch.ownerId, tenantId: null })

/** The batch, if it is there and this viewer may see it: a batch belongs to whom its import belongs to. */
export function readableBatch(context: Context, batch: StatementBatchRecord | undefined): StatementBatchRecord | null {
  const viewer = viewerOf(context)
  return batch && batch.deletedAt === null && mayRead(viewer, ownershipOf(batch)).allowed ? batch : null
}

export async function findBatch(context: Context, id: string): Promise<StatementBatchRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(BATCH_PREFIX, id)
  return uuid === undefined ? null : readableBatch(context, await context.loaders.batch.load(uuid))
}

/** For mutations that change a batch. Throws `Refused`. */
export async function batchToControl(context: Context, id: string): Promise<StatementBatchRecord> {
  const batch = await findBatch(context, id)
  if (!batch) throw new Refused(notFound('statement batch'))
  if (!mayControl(viewerOf(context), ownershipOf(batch)).allowed)
    throw new Refused(forbidden('Only its owner or an administrator may change this statement batch.'))
  return batch
}
