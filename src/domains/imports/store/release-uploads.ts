import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

/**
 * An upload is needed while an operation that uses it may still run or be retried: until it completed, its batch was
 * deleted, or it was pruned. One that no operation ever used is needed for the grace time, in which it may be started.
 */
const RELEASE_UPLOADS = statement(
  'imports_release_uploads',
  `
    with released as (
      select id from upload
      where content_removed_at is null
        and not exists (
          select from operation
          where type = 'STATEMENT_IMPORT' and input ->> 'uploadId' = upload.id::text and state <> 'completed'
            and not (finished_at is not null and exists (select from statement_batch where operation_id = operation.id and deleted_at is not null)))
        and (created_at < now() - make_interval(secs => $1)
          or exists (select from operation where type = 'STATEMENT_IMPORT' and input ->> 'uploadId' = upload.id::text))
      order by created_at limit $2
      for update skip locked
    )
    update upload set content_removed_at = now() from released where upload.id = released.id returning upload.id`,
)

// The row is kept while an operation refers to it, so that a repeated request with an idempotency key finds it again.
const FORGET_UPLOADS = statement(
  'imports_forget_uploads',
  `
    delete from upload where id in (
      select id from upload
      where content_removed_at is not null
        and not exists (select from upload_blob where id = upload.blob_id)
        and not exists (select from operation where type = 'STATEMENT_IMPORT' and input ->> 'uploadId' = upload.id::text)
      limit 1000)`,
)

/** Lets go of uploads that nobody needs any more. Answers how many; their content is to be removed after it. */
export async function releaseUploads(executor: Executor, graceSeconds: number, limit: number): Promise<number> {
  const released = await executor.run(RELEASE_UPLOADS, [graceSeconds, limit])
  return released.length
}

/** Forgets uploads without content whose operations are gone. */
export async function forgetUploads(executor: Executor): Promise<void> {
  await executor.run(FORGET_UPLOADS, [])
}
