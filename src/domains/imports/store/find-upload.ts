import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const FIND_UPLOAD = statement(
  'imports_find_upload',
  `select upload.blob_id as "blobId", upload.size_bytes as "sizeBytes", upload.file_name as "fileName", blob.location
   from upload join upload_blob blob on blob.id = upload.blob_id
   where upload.id = $1 and upload.owner_id = $2 and upload.content_removed_at is null`,
)

export interface FoundUpload {
  readonly blobId: string
  readonly sizeBytes: number
  readonly fileName: string
  readonly location: string
}

/** An upload of this owner whose content is there. */
export async function findUpload(executor: Executor, uploadId: string, ownerId: string): Promise<FoundUpload | undefined> {
  const [found] = await executor.run<FoundUpload>(FIND_UPLOAD, [uploadId, ownerId])
  return found
}
