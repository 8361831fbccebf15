import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

/** A batch whose import may still write to it stays; the import is left out of the history from now on. */
const DELETE_BATCH = statement(
  'imports_delete_batch',
  `
    with deleted as (
      update statement_batch batch set deleted_at = now()
      where id = $1 and deleted_at is null and not exists (select from operation where id = batch.operation_id and finished_at is null)
      returning id, operation_id
    ), hidden as (
      update operation set hidden = true, updated_at = now() where id = (select operation_id from deleted)
    )
    select batch.operation_id as "operationId", exists (select from deleted) as deleted
    from statement_batch batch where id = $1 and deleted_at is null`,
)

export type DeleteBatchOutcome =
  | { readonly kind: 'deleted'; readonly operationId: string | null }
  | { readonly kind: 'notFound' }
  /** Its import has not ended: cancel it first. */
  | { readonly kind: 'importActive'; readonly operationId: string }

/** Deletes a batch for everybody at once; its rows go afterwards, in slices. */
export async function deleteBatch(executor: Executor, batchId: string): Promise<DeleteBatchOutcome> {
  const [found] = await executor.run<{ operationId: string | null; deleted: boolean }>(DELETE_BATCH, [batchId])
  if (!found) return { kind: 'notFound' }
  if (found.deleted) return { kind: 'deleted', operationId: found.operationId }
  return found.operationId === null ? { kind: 'notFound' } : { kind: 'importActive', operationId: found.operationId }
}
