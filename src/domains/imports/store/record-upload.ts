import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

// The same id again: the first content stays if it is there still, else the new one takes its place. Either way its time starts again.
const RECORD_UPLOAD = statement(
  'imports_record_upload',
  `
    insert into upload as known (id, owner_id, file_name, size_bytes, blob_id) values ($1, $2, $3, $4, $5)
    on conflict (id) do update set
      blob_id = case when known.content_removed_at is null then known.blob_id else excluded.blob_id end,
      content_removed_at = null,
      created_at = now()
    where known.owner_id = excluded.owner_id
    returning blob_id as "blobId"`,
)

export interface RecordUploadParams {
  readonly id: string
  readonly ownerId: string
  readonly fileName: string
  readonly sizeBytes: number
  readonly blobId: string
}

/** Makes a whole file usable. Answers the content that is kept, which is an earlier one when the same upload was there already. */
export async function recordUpload(executor: Executor, params: RecordUploadParams): Promise<string> {
  const [kept] = await executor.run<{ blobId: string }>(RECORD_UPLOAD, [params.id, params.ownerId, params.fileName, params.sizeBytes, params.blobId])
  if (!kept) throw new Error('an upload of this id belongs to somebody else')
  return kept.blobId
}
