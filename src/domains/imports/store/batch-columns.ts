/** Columns of `statement_batch` as `StatementBatchRecord` has them. */
export const BATCH_COLUMNS = `id, owner_id as "ownerId", operation_id as "operationId", file_name as "fileName", accepted_count as "acceptedCount",
  rejected_count as "rejectedCount", state, created_at as "createdAt", deleted_at as "deletedAt"`
