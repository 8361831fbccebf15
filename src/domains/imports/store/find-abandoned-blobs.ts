import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const FIND_ABANDONED_BLOBS = statement(
  'imports_find_abandoned_blobs',
  `
    select id, location from upload_blob blob
    where not exists (select from upload where blob_id = blob.id and content_removed_at is null)
      and (renewed_at < now() - make_interval(secs => $1) or exists (select from upload where blob_id = blob.id))
    order by renewed_at limit $2`,
)

export interface AbandonedBlob {
  readonly id: string
  readonly location: string
}

/** Content that no upload needs: released, or never finished and silent for so many seconds. */
export const findAbandonedBlobs = (executor: Executor, graceSeconds: number, limit: number): Promise<readonly AbandonedBlob[]> =>
  executor.run<AbandonedBlob>(FIND_ABANDONED_BLOBS, [graceSeconds, limit])
